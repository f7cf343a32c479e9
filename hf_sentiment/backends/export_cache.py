"""Exports in the user's cache: found by what they were made from, and whole or not there."""

import hashlib
import importlib.metadata
import json
import os
from pathlib import Path

from huggingface_hub import constants

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.folder import answer_files
from hf_sentiment.adapter.manifest import file_entry
from hf_sentiment.backends.runtimes import RUNTIMES

CACHE = Path(constants.HF_HOME) / "hf_sentiment" / "exports"
CURE = "The cache of exported adapters is in HF_HOME: set it to a folder on another disk."
LIST = "files.json"
# Besides those of the runtime: another version may write another export.
PACKAGES = ("transformers", "hf-sentiment")


def cached_folder(adapter: Path, base: Base, runtime: str, dtype: str) -> Path:
    """The folder of an adapter's export in the cache, whether it is there or not.

    Args:
        adapter: the adapter's folder.
        base: its base.
        runtime: "openvino" or "onnx".
        dtype: "float32", "bfloat16" or "int8". The first two have the same model and differ only when compiled, but
            each is checked.
    """
    digest = hashlib.sha256()
    for name in answer_files(adapter):
        digest.update((adapter / name).read_bytes())
    used = (RUNTIMES[runtime].package, *RUNTIMES[runtime].writers, *PACKAGES)
    versions = {name: importlib.metadata.version(name) for name in used}
    # Where the base was found does not matter.
    known = [base.id, base.revision, base.sha256, None if base.revision or base.sha256 else base.path]
    digest.update(json.dumps([known, versions], sort_keys=True).encode())
    return CACHE / f"{digest.hexdigest()[:32]}-{runtime}-{dtype}"


def write_list(folder: Path) -> None:
    """List the files of a complete export, for `is_whole`."""
    files = {path.name: file_entry(path) for path in sorted(folder.iterdir())}
    (folder / LIST).write_text(json.dumps(files, indent=2))


def is_whole(folder: Path) -> bool:
    """Whether an export is there and each of its files is what was written."""
    try:
        files = json.loads((folder / LIST).read_bytes())
        return bool(files) and all(file_entry(folder / name) == entry for name, entry in files.items())
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, AttributeError):
        return False


def put(made: Path, folder: Path, damaged: Path) -> None:
    """Move a new export into its place in the cache, and a damaged one out of it."""
    try:
        os.rename(made, folder)
    except OSError:
        # Another process may do the same at the same time; its export is as good.
        if not is_whole(folder):
            os.rename(folder, damaged)
            os.rename(made, folder)

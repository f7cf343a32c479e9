"""An adapter's OpenVINO model in the user's cache: exported and checked once, then reused."""

import hashlib
import importlib.metadata
import json
import os
import tempfile
from pathlib import Path
from typing import cast

from huggingface_hub import constants

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.adapter.manifest import file_entry
from hf_sentiment.backends.checks import check_against_torch
from hf_sentiment.backends.openvino import HINTS, OpenVINOBackend, has_bf16
from hf_sentiment.backends.torch import warn_of_emulation
from hf_sentiment.core.backend import ExportCheck
from hf_sentiment.errors import SentimentError
from hf_sentiment.exports.openvino import convert_to_openvino, require_openvino
from hf_sentiment.files.full_disk import explaining_full_disk
from hf_sentiment.files.system_errors import system_errors_explained

CACHE = Path(constants.HF_HOME) / "hf_sentiment" / "openvino"
MODEL, CHECK = "model.xml", "check.json"
PACKAGES = ("openvino", "nncf", "transformers", "hf-sentiment")


def openvino_backend(adapter: LoadedAdapter, dtype: str = "auto") -> OpenVINOBackend:
    """The OpenVINO backend of an adapter, exported and checked if it is not in the cache yet.

    Args:
        adapter: in float32; this consumes its PeftModel.
        dtype: "auto" (bf16 if the processor has it, else float32), "float32", "bfloat16" or "int8".

    Raises:
        SentimentError: OpenVINO is not installed, or the export differs too much from torch.
    """
    require_openvino()
    if dtype == "auto":
        dtype = "bfloat16" if has_bf16() else "float32"
    if dtype not in HINTS:
        raise SentimentError(f"dtype {dtype!r} is not one of auto, {', '.join(HINTS)} on the backend openvino.")
    if dtype == "bfloat16":
        warn_of_emulation(None)
    path, check = cached_export(adapter, dtype)
    return OpenVINOBackend(path, dtype, check)


def cached_export(adapter: LoadedAdapter, dtype: str) -> tuple[Path, ExportCheck]:
    """The exported model of an adapter, made and checked if it is not in the cache yet, or if it is damaged there.

    Args:
        adapter: in float32; this consumes its PeftModel.
        dtype: "float32", "bfloat16" or "int8".

    Returns:
        The .xml file, and how closely its answers match torch's.

    Raises:
        SentimentError: the export differs too much from torch, or the cache cannot be written.
    """
    folder = CACHE / _key(adapter, dtype)
    cure = "The cache of OpenVINO models is in HF_HOME: set it to a folder on another disk."
    with system_errors_explained(folder, cure):
        if (found := _whole(folder)) is not None:
            return folder / MODEL, found
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as aside:
            made = Path(aside) / "export"
            made.mkdir()
            with explaining_full_disk(made, cure):
                convert_to_openvino(adapter, dtype, made / MODEL)
                found = check_against_torch(adapter, dtype, OpenVINOBackend(made / MODEL, dtype))
                files = {path.name: file_entry(path) for path in sorted(made.iterdir())}
                (made / CHECK).write_text(json.dumps({"check": found, "files": files}, indent=2))
            _put(made, folder, Path(aside) / "damaged")
    return folder / MODEL, found


def _whole(folder: Path) -> ExportCheck | None:
    """The check of a cached export; None if there is none, or if a file is missing or is not what was written."""
    try:
        content = json.loads((folder / CHECK).read_bytes())
        whole = MODEL in content["files"] and all(
            file_entry(folder / name) == entry for name, entry in content["files"].items()
        )
        return cast(ExportCheck, content["check"]) if whole else None
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _put(made: Path, folder: Path, damaged: Path) -> None:
    """Move a new export into its place in the cache, and a damaged one out of it."""
    try:
        os.rename(made, folder)
    except OSError:
        # Another process may do the same at the same time; its export is as good.
        if _whole(folder) is None:
            os.rename(folder, damaged)
            os.rename(made, folder)


def _key(adapter: LoadedAdapter, dtype: str) -> str:
    digest = hashlib.sha256()
    for name in (ADAPTER_WEIGHTS, ADAPTER_CONFIG):
        digest.update((adapter.folder / name).read_bytes())
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    digest.update(json.dumps([adapter.base.record(), versions, adapter.config.max_length], sort_keys=True).encode())
    # int8 is calibrated; float32 and bfloat16 have the same file and differ only when compiled, but each is checked.
    return f"{digest.hexdigest()[:32]}-{dtype}"

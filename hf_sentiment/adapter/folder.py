"""The files of an adapter folder: find them, list them, copy them."""

import os
import shutil
from importlib.resources import files
from pathlib import Path

from hf_sentiment.adapter.download import Wanted, fetch
from hf_sentiment.adapter.peft_schema import check_peft_config
from hf_sentiment.core.config import FILE_NAME
from hf_sentiment.core.json_file import read_json_object
from hf_sentiment.errors import SentimentError

DEFAULT = "default"
DEFAULT_FOLDER = Path(str(files("hf_sentiment.assets"))) / DEFAULT
# Their names -> their folders. The base of `accurate` comes from the Hub.
SHIPPED = {DEFAULT: DEFAULT_FOLDER, "accurate": DEFAULT_FOLDER.with_name("accurate")}
ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MANIFEST = "manifest.json"
# Bytes of an adapter on the Hub; with an embedding of 250,000 tokens and 1,024 numbers in it, it has 1 GB.
LARGEST = 2_000_000_000
# The files of an adapter folder; any other file in it is neither copied nor published. A config.json in particular
# would make stock loaders look for a whole model.
ADAPTER_FILES = (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    FILE_NAME,
    MANIFEST,
    "training_rows.txt",
    "README.md",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "*.model",
    "evaluation/*.json",
    "evaluation/*.png",
    "evaluation/*.html",
)


def find_adapter(
    adapter: str | Path = DEFAULT,
    revision: str | None = None,
    *,
    token: str | bool | None = None,
    local_files_only: bool = False,
) -> Path:
    """Return the local folder of an adapter, fetched from the Hub if necessary.

    Args:
        adapter: "default" or "accurate" (the shipped ones), a folder, or a Hub id.
        revision: commit, tag or branch of the adapter on the Hub.
        token: for private repositories.
        local_files_only: look only in the Hub cache.

    Raises:
        SentimentError: there is no such adapter or revision, or the Hub cannot be reached and nothing is cached.
    """
    if (shipped := SHIPPED.get(str(adapter))) is not None:
        if revision is not None:
            raise SentimentError(f"A shipped adapter has no revisions; leave revision {revision!r} out.")
        return shipped
    # Unlike pathlib's, these accept any string: one too long for a path, or with an unknown home, is just no folder.
    path = Path(os.path.expanduser(adapter))
    if os.path.isdir(path):
        if revision is not None:
            raise SentimentError(f"{adapter} is a local folder and has no revisions; leave revision {revision!r} out.")
        return path
    wanted = Wanted(
        "adapter",
        tuple(pattern for pattern in ADAPTER_FILES if "/" not in pattern),
        LARGEST,
        first=ADAPTER_CONFIG,
        check=_check_first,
        # Adapters are small. Hashing a large base at each start would take longer than loading it.
        check_cached=True,
    )
    return fetch(wanted, str(adapter), revision, token=token, local_files_only=local_files_only)


def _check_first(path: Path) -> None:
    check_peft_config(read_json_object(path, "fetch the adapter again"), path)


def adapter_files(folder: str | Path) -> list[Path]:
    """The files of an adapter folder that belong to it, relative to it, in a stable order."""
    folder = Path(folder)
    found = {path.relative_to(folder) for pattern in ADAPTER_FILES for path in folder.glob(pattern) if path.is_file()}
    return sorted(found, key=str)


def answer_files(folder: str | Path) -> list[Path]:
    """The files that an adapter's answers depend on: neither the card, the report nor the list of training rows."""
    others = {Path("README.md"), Path("training_rows.txt"), Path(MANIFEST)}
    return [name for name in adapter_files(folder) if name not in others and name.parts[0] != "evaluation"]


def copy_adapter(source: Path, target: str | Path) -> None:
    """Copy the adapter's own files from one folder to another, which is created if missing."""
    for name in adapter_files(source):
        (Path(target) / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, Path(target) / name)

"""The manifest of an adapter folder: size and SHA-256 of each file that its answers depend on."""

import hashlib
import json
from pathlib import Path

from hf_sentiment.adapter.folder import MANIFEST, answer_files
from hf_sentiment.core.json_file import read_json_object
from hf_sentiment.errors import SentimentError

VERSION = 1


def write_manifest(folder: Path) -> None:
    """Write the manifest of a complete adapter folder."""
    files = {name.as_posix(): file_entry(folder / name) for name in answer_files(folder)}
    text = json.dumps({"version": VERSION, "files": files}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def check_manifest(folder: Path) -> None:
    """Compare the files of a folder with its manifest. A folder without one, made with other tools, passes.

    Raises:
        SentimentError: a file is missing or was altered, or the manifest cannot be read; the message names the file.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return
    content = read_json_object(path, "fetch the adapter again")
    files = content.get("files")
    if content.get("version") != VERSION or not isinstance(files, dict):
        raise SentimentError(f"{path} is no manifest that this version reads: fetch the adapter again, or upgrade.")
    unlisted = [name for name in answer_files(folder) if name.as_posix() not in files]
    if unlisted:
        raise SentimentError(
            f"{folder} has {unlisted[0]}, which its {MANIFEST} does not list: fetch the adapter again."
        )
    for name, entry in files.items():
        # The manifest may come from anybody: it names files of this folder, and no other.
        file = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts or not file.is_file():
            raise SentimentError(f"{folder} lacks {name}, which its {MANIFEST} lists: fetch the adapter again.")
        if entry != file_entry(file):
            raise SentimentError(
                f"{file} is not the file that {MANIFEST} lists: it was altered or is damaged. Fetch the adapter again; "
                f"if you changed it on purpose, remove {MANIFEST}."
            )


def file_entry(path: Path) -> dict[str, int | str]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}

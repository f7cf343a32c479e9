"""Folders that this package made, told from those of other people by a marker file in them, never by their name."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hf_sentiment.files.whole_file import whole_file

# The key of a marker that says what its folder is for. Nobody else writes it.
OWNER = "made_by_hf_sentiment"


def make_owned_folder(folder: Path, marker: str, purpose: str, content: dict[str, Any] | None = None) -> None:
    """Make a folder with its marker; the folder appears with it, or not at all.

    Args:
        folder: it must not exist, or be empty.
        marker: the name of the marker file.
        purpose: what the folder is for, such as "predict".
        content: more entries for the marker.

    Raises:
        OSError: it holds files, or cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".hf-sentiment-") as aside:
        made = Path(aside) / "folder"
        made.mkdir()
        write_marker(made / marker, purpose, content)
        # On Windows, unlike elsewhere, nothing that exists is replaced.
        if os.name == "nt" and folder.is_dir():
            folder.rmdir()
        os.rename(made, folder)


def write_marker(path: Path, purpose: str, content: dict[str, Any] | None = None) -> None:
    """Write a marker file whole."""
    with whole_file(path) as file:
        file.write((json.dumps({OWNER: purpose} | (content or {}), indent=2) + "\n").encode())


def read_marker(path: Path, purpose: str) -> dict[str, Any] | None:
    """The content of a marker; None if there is none, or if it was not written for this purpose."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and content.get(OWNER) == purpose else None

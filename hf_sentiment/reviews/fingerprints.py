"""Fingerprints of texts: find repeated texts, and recognize the rows that an adapter was trained on."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

from hf_sentiment.errors import SentimentError

FILE_NAME = "training_rows.txt"
# As digests, these take four and a half megabytes; longer lists are not written.
MOST_ROWS = 500_000


def text_key(text: str) -> str:
    """The text in lower case with single spaces; texts with the same key count as the same text."""
    return " ".join(text.lower().split())


def text_digest(text: str) -> bytes:
    """Six bytes that depend on the `text_key` alone.

    With 36,000 listed rows and 3,000 evaluated ones, a chance match happens once in 2.6 million evaluations.
    """
    return hashlib.blake2b(text_key(text).encode(errors="replace"), digest_size=6).digest()


def text_mark(text: str) -> str:
    """A text's digest as the eight base64 characters that the list holds."""
    return base64.b64encode(text_digest(text)).decode()


def write_training_rows(
    folder: str | Path, texts: Iterable[str] | None, earlier: frozenset[str] | None = frozenset()
) -> bool:
    """List the rows that an adapter was trained on or selected by.

    Args:
        folder: the adapter folder.
        texts: texts of the training and validation rows; None if they were never all in memory.
        earlier: marks of the adapter that training started from; None if they are unknown.

    Returns:
        Whether the folder has a list now.
    """
    path = Path(folder) / FILE_NAME
    marks: list[str] = []
    if texts is not None and earlier is not None:
        marks = sorted({text_mark(text) for text in texts} | earlier)
    if not 0 < len(marks) <= MOST_ROWS:
        # A list left by an earlier training run would be wrong.
        path.unlink(missing_ok=True)
        return False
    path.write_text("\n".join(marks) + "\n", encoding="ascii")
    return True


def read_training_rows(folder: str | Path) -> frozenset[str] | None:
    """The marks of an adapter's training and validation rows; None if the folder has no list.

    Raises:
        SentimentError: the list is damaged.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file():
        return None
    marks = path.read_bytes().decode("ascii", errors="replace").split()
    if any(len(mark) != 8 for mark in marks):
        raise SentimentError(f"{path} is damaged or truncated; fetch the adapter again.")
    return frozenset(marks)

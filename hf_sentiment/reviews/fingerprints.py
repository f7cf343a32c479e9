"""Which rows an adapter was made from, as digests in its folder: what an evaluation finds there was not unseen."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.dataset import text_key

FILE_NAME = "training_rows.txt"
# Four and a half megabytes of digests; more rows are not listed.
MOST_ROWS = 500_000


def text_digest(text: str) -> bytes:
    """Six bytes that texts which differ in case and spaces alone have in common.

    Of 36,000 rows and 3,000 others, two agree by chance once in 2.6 million evaluations.
    """
    return hashlib.blake2b(text_key(text).encode(errors="replace"), digest_size=6).digest()


def text_mark(text: str) -> str:
    """A text's digest as the eight letters that the list has for it."""
    return base64.b64encode(text_digest(text)).decode()


def write_training_rows(
    folder: str | Path, texts: Iterable[str] | None, earlier: frozenset[str] | None = frozenset()
) -> bool:
    """List the rows that an adapter was trained on and chosen by; gives whether there is a list now.

    Args:
        folder: the adapter folder.
        texts: of the training and the validation rows; None where they were never all there.
        earlier: the marks of the rows of an adapter that training went on from; None where they are not known.
    """
    path = Path(folder) / FILE_NAME
    known = texts is not None and earlier is not None
    marks = sorted({text_mark(text) for text in texts} | earlier) if known else []
    if not 0 < len(marks) <= MOST_ROWS:
        # One of an earlier training would be wrong.
        path.unlink(missing_ok=True)
        return False
    path.write_text("\n".join(marks) + "\n", encoding="ascii")
    return True


def read_training_rows(folder: str | Path) -> frozenset[str] | None:
    """The marks of an adapter's training and validation rows; None where the folder has no list.

    Raises:
        SentimentError: the list is not one.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file():
        return None
    marks = path.read_bytes().decode("ascii", errors="replace").split()
    if any(len(mark) != 8 for mark in marks):
        raise SentimentError(f"{path} is damaged or cut short; fetch the adapter again.")
    return frozenset(marks)

"""Rows that make the numbers look better than they are: rows seen in training, and repeated rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hf_sentiment.reviews.fingerprints import read_training_rows, text_key, text_mark


@dataclass(frozen=True)
class RowsFound:
    """What was found among the rows of an evaluation.

    Attributes:
        rows: all rows.
        duplicates: rows whose text an earlier row has.
        leaked: rows that the adapter was trained or validated on; None if it keeps no list of these.
        unseen_accuracy: accuracy on the rows that are not leaked; None if there are none, or `leaked` is None.
    """

    rows: int
    duplicates: int
    leaked: int | None = None
    unseen_accuracy: float | None = None


def examine_rows(texts: list[str], right: np.ndarray, folder: str | Path) -> RowsFound:
    """Look for repeated rows, and for rows that the adapter was trained or validated on.

    Args:
        texts: the texts of the rows.
        right: which rows the adapter answers correctly, booleans of shape (rows,).
        folder: the adapter's folder.

    Raises:
        SentimentError: the adapter's list of its training rows cannot be read.
    """
    duplicates = len(texts) - len({text_key(text) for text in texts})
    known = read_training_rows(folder)
    if known is None:
        return RowsFound(len(texts), duplicates)
    leaked = np.array([text_mark(text) in known for text in texts])
    unseen = None if leaked.all() else float(right[~leaked].mean())
    return RowsFound(len(texts), duplicates, int(leaked.sum()), unseen)

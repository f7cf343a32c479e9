"""Rows that make numbers better than they are: those the adapter knows from its training, and repeated ones."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.reviews.fingerprints import read_training_rows, text_key, text_mark


@dataclass
class RowsFound:
    """What was found among the rows of an evaluation.

    Attributes:
        duplicates: rows whose text an earlier row has.
        leaked: rows that the adapter was trained on or chosen by; None where it keeps no list of these.
        notes: what a reader must know of it.
    """

    duplicates: int
    leaked: int | None
    notes: list[str] = field(default_factory=list)


def examine_rows(texts: list[str], right: np.ndarray, folder: str | Path, config: SentimentConfig) -> RowsFound:
    """Look for repeated rows, and for rows of the adapter's own training.

    Args:
        texts: of the rows.
        right: which rows the adapter has right.
        folder: the adapter's.
        config: the adapter's.

    Raises:
        SentimentError: the adapter's list of its training rows cannot be read.
    """
    found = RowsFound(len(texts) - len({text_key(text) for text in texts}), None)
    known = read_training_rows(folder)
    if known is None:
        streamed = config.provenance.get("arguments", {}).get("streaming")
        found.notes.append(
            f"The adapter keeps no list of its training rows{' (it was trained on a stream)' if streamed else ''}: "
            "whether some of these rows are among them is not known."
        )
    else:
        leaked = np.array([text_mark(text) in known for text in texts])
        found.leaked = int(leaked.sum())
        if found.leaked:
            found.notes.append(_leak(leaked, right))
    if found.duplicates:
        found.notes.append(
            f"{found.duplicates} of the {len(texts)} rows repeat the text of another: "
            "they count as rows of their own, so the intervals are narrower than they should be."
        )
    return found


def _leak(leaked: np.ndarray, right: np.ndarray) -> str:
    text = f"LEAKED: the adapter was trained on or chosen by {leaked.sum()} of these {len(leaked)} rows. "
    if leaked.all():
        return text + "None of these numbers says how good it is on reviews it has not seen."
    return text + (
        "The numbers are better than they should be; "
        f"on the {(~leaked).sum()} other rows the accuracy is {right[~leaked].mean():.1%}."
    )

"""Find texts that are in two splits, without a look at most of them."""

from typing import Any

import numpy as np
import pyarrow as pa
from datasets import Dataset
from numpy.typing import NDArray

from hf_sentiment.reviews.fingerprints import text_key

Rows = NDArray[np.int64]
Signatures = NDArray[np.uint64]
BATCH = 20_000


def _byte_values() -> Signatures:
    """A random number for each byte; 0 for those in which two texts of one `text_key` may differ.

    These are blanks, and what `str.lower` makes of letters beyond ASCII, which may be an i or a k. Both cases of a
    letter have one number.
    """
    values = np.random.default_rng(0).integers(1, 2**63, 256, dtype=np.uint64)
    for upper in range(ord("A"), ord("Z") + 1):
        values[upper] = values[upper + 32]
    blanks = [byte for byte in range(128) if chr(byte).isspace()]
    values[[*blanks, *range(128, 256), *b"iIkK"]] = 0
    return values


BYTE_VALUES = _byte_values()


class Texts:
    """The texts of a dataset.

    Args:
        data: with the column text.
    """

    def __init__(self, data: Dataset) -> None:
        self.data = data
        batches = data.select_columns("text").with_format("arrow").iter(batch_size=BATCH)
        found = [_signatures(batch["text"].combine_chunks()) for batch in batches]
        # Sums over the bytes: texts of one `text_key` have one signature, and others hardly ever, unless they consist
        # of the same letters.
        self.signatures = np.concatenate(found) if found else np.empty(0, np.uint64)

    def keys(self, rows: Rows) -> list[str]:
        """The `text_key` of some rows."""
        return [text_key(text) for text in self.data.select(rows)["text"]]


def first_of(splits: dict[str, tuple[Texts, Rows]]) -> dict[str, NDArray[np.bool_]]:
    """Which rows of each split have a text that no earlier split has.

    Args:
        splits: split -> its texts' dataset, and the positions of its rows there.
    """
    new: dict[str, NDArray[np.bool_]] = {}
    earlier: list[tuple[Texts, Rows]] = []
    for split, (texts, rows) in splits.items():
        new[split] = np.ones(len(rows), dtype=bool)
        own = texts.signatures[rows]
        seen = [other.signatures[others] for other, others in earlier]
        suspects = np.flatnonzero(np.isin(own, np.concatenate(seen))) if seen else np.empty(0, np.intp)
        if len(suspects):
            keys = {
                key
                for (other, others), signatures in zip(earlier, seen, strict=True)
                for key in other.keys(others[np.isin(signatures, own[suspects])])
            }
            new[split][suspects] = [key not in keys for key in texts.keys(rows[suspects])]
        earlier.append((texts, rows))
    return new


def _signatures(texts: Any) -> Signatures:
    """The sum of the numbers of each text's bytes, for an Arrow array; no text is empty."""
    texts = texts.cast(pa.large_string())
    _, ends, content = texts.buffers()
    starts = np.frombuffer(ends, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    values = np.take(BYTE_VALUES, np.frombuffer(content, np.uint8)[starts[0] : starts[-1]])
    sums: Signatures = np.add.reduceat(values, starts[:-1] - starts[0])
    return sums

"""Split labelled rows into training, validation and test rows that have no text in common."""

from typing import NamedTuple

import numpy as np
from datasets import Dataset, DatasetDict, List
from numpy.typing import NDArray

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.draw_rows import draw_rows
from hf_sentiment.reviews.fingerprints import text_key
from hf_sentiment.reviews.options import DataOptions

TEST_SHARE = 0.2
MAX_VALIDATION = 1000
# A label with fewer rows than there are parts is in the first of these.
RARE_LABELS = ("train", "validation", "test")
# The names that `datasets` gives these splits in a folder's file names; used here for the Hub and for a column too.
SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}


class Splits(NamedTuple):
    """The rows of each split."""

    train: Dataset
    validation: Dataset
    test: Dataset


def split_name(name: str) -> str:
    """The usual name of a split, such as "validation" for "dev"; an unusual name is returned as it is."""
    lower = str(name).strip().lower()
    return next((usual for usual, names in SPLIT_NAMES.items() if lower in names), name)


def shuffled(data: Dataset, size: int | None, seed: int) -> Dataset:
    """The rows shuffled with a fixed seed, at most `size` of them; fewer are drawn label by label."""
    if size is None or size >= len(data):
        return data.shuffle(seed=seed)
    return data.select(draw_rows(_classes(data), {"drawn": size}, seed)["drawn"])


def make_splits(data: DatasetDict, options: DataOptions, notes: list[str]) -> Splits:
    """The three splits, at most as large as the options say.

    Rows with one label each are drawn label by label: each part has the source's shares of the labels, and the rows of
    a rare label go to the training rows first, then to the validation rows, then to the test rows. Multi-label rows
    are drawn at random.

    Args:
        data: the source's own splits, with a column `label` of class indices.
        options: its sizes and its seed.
        notes: sentences about what was done are added to it.

    Raises:
        SentimentError: there are too few rows for a validation split.
    """
    source = data.get("train")
    if source is None:
        source = data[next(iter(data))]
    own = {name: data.get(name) for name in ("validation", "test")}
    drawn = draw_rows(_classes(source), _sizes(len(source), own, options, notes), options.seed, RARE_LABELS)
    parts = {name: source.select(rows) for name, rows in drawn.items()}
    sizes = {"validation": options.validation_size or MAX_VALIDATION, "test": options.test_size}
    parts |= {name: shuffled(part, sizes[name], options.seed) for name, part in own.items() if part is not None}
    return _drop_repeats(parts["train"], parts["validation"], parts["test"], notes)


def _sizes(rows: int, own: dict[str, Dataset | None], options: DataOptions, notes: list[str]) -> dict[str, int]:
    """The number of rows that each part takes of the source's training rows; splits of its `own` take none."""
    sizes = {}
    if own["test"] is None:
        sizes["test"] = min(options.test_size or rows, max(1, int(rows * TEST_SHARE)))
        rows -= sizes["test"]
        notes.append(
            f"The source has no test split: {sizes['test']} of its rows, drawn at random, became the test rows."
        )
    kept = min(options.train_size or rows, rows)
    if own["validation"] is not None:
        return sizes | {"train": kept}
    wanted = options.validation_size or max(1, min(MAX_VALIDATION, kept // 4))
    spare = rows - kept
    if spare < wanted:
        kept -= wanted - spare
        notes.append(f"{wanted - spare} of the training rows became validation rows: the source has no more.")
    if kept < 1:
        raise SentimentError(f"{rows} rows are too few to keep {wanted} of them for validation.")
    return sizes | {"train": kept, "validation": wanted}


def _classes(data: Dataset) -> NDArray[np.int64]:
    """The class index of each row; multi-label rows are all of one class, because a row has no single label."""
    if isinstance(data.features["label"], List):
        return np.zeros(len(data), dtype=np.int64)
    return np.asarray(data.with_format("numpy")["label"][:], dtype=np.int64)


def _drop_repeats(train: Dataset, validation: Dataset, test: Dataset, notes: list[str]) -> Splits:
    seen: set[str] = set()
    parts = []
    for name, data in (("test", test), ("validation", validation), ("train", train)):
        keys = [text_key(text) for text in data["text"]]
        # Repeats within the test rows, or within the training rows, are the source's own.
        keep = [row for row, key in enumerate(keys) if key not in seen]
        if len(keep) < len(data):
            notes.append(f"{len(data) - len(keep)} rows of {name} dropped: their text is in another split too.")
            data = data.select(keep)
        parts.append(data)
        seen.update(keys)
    return Splits(*reversed(parts))

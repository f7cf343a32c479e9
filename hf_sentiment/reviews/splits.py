"""Split labelled rows into training, validation and test rows that have no text in common."""

from typing import NamedTuple

import numpy as np
from datasets import Dataset, DatasetDict, List

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.draw_rows import draw_rows
from hf_sentiment.reviews.label_rows import rows_of_labels
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.repeats import Rows, Texts, first_of

TEST_SHARE = 0.2
MAX_VALIDATION = 1000
# A label with fewer rows than there are parts is in the first of these.
RARE_LABELS = ("train", "validation", "test")


class Splits(NamedTuple):
    """The rows of each split.

    Attributes:
        train, validation, test: the rows.
        counts: split -> the number of its rows with each label, in label order.
    """

    train: Dataset
    validation: Dataset
    test: Dataset
    counts: dict[str, list[int]]


def shuffled(data: Dataset, size: int | None, seed: int) -> Dataset:
    """The rows shuffled with a fixed seed, at most `size` of them; fewer are drawn label by label."""
    return data.select(_drawn(data, size, seed))


def make_splits(data: DatasetDict, labels: int, options: DataOptions, notes: list[str]) -> Splits:
    """The three splits, at most as large as the options say.

    Rows with one label each are drawn label by label: each part has the source's shares of the labels, and the rows of
    a rare label go to the training rows first, then to the validation rows, then to the test rows. Multi-label rows
    are drawn at random.

    Args:
        data: the source's own splits, with a column `label` of class indices.
        labels: number of classes.
        options: its sizes and its seed.
        notes: sentences about what was done are added to it.

    Raises:
        SentimentError: there are too few rows for a validation split.
    """
    source = data.get("train")
    if source is None:
        source = data[next(iter(data))]
    own = {name: part for name in ("validation", "test") if (part := data.get(name)) is not None}
    rows = draw_rows(_classes(source), _sizes(len(source), set(own), options, notes), options.seed, RARE_LABELS)
    sizes = {"validation": options.validation_size or MAX_VALIDATION, "test": options.test_size}
    rows |= {name: _drawn(part, sizes[name], options.seed) for name, part in own.items()}
    origin = {name: own.get(name, source) for name in rows}
    rows = _without_repeats(origin, rows, notes)
    counts = {name: _counts(origin[name], rows[name], labels) for name in rows}
    return Splits(**{name: origin[name].select(rows[name]) for name in rows}, counts=counts)


def _sizes(rows: int, own: set[str], options: DataOptions, notes: list[str]) -> dict[str, int]:
    """The number of rows that each split takes of the source's training rows; the source's `own` splits take none."""
    sizes = {}
    if "test" not in own:
        sizes["test"] = min(options.test_size or rows, max(1, int(rows * TEST_SHARE)))
        rows -= sizes["test"]
        notes.append(
            f"The source has no test split: {sizes['test']} of its rows, drawn at random, became the test rows."
        )
    kept = min(options.train_size or rows, rows)
    if "validation" in own:
        return sizes | {"train": kept}
    wanted = options.validation_size or max(1, min(MAX_VALIDATION, kept // 4))
    spare = rows - kept
    if spare < wanted:
        kept -= wanted - spare
        notes.append(f"{wanted - spare} of the training rows became validation rows: the source has no more.")
    if kept < 1:
        raise SentimentError(f"{rows} rows are too few to keep {wanted} of them for validation.")
    return sizes | {"train": kept, "validation": wanted}


def _drawn(data: Dataset, size: int | None, seed: int) -> Rows:
    size = len(data) if size is None else min(size, len(data))
    return draw_rows(_classes(data), {"drawn": size}, seed)["drawn"]


def _classes(data: Dataset) -> Rows:
    """The class index of each row; multi-label rows are all of one class, because a row has no single label."""
    # `map` adds no column to a split without rows.
    if not len(data) or isinstance(data.features["label"], List):
        return np.zeros(len(data), dtype=np.int64)
    return np.asarray(data.with_format("arrow")["label"][:], dtype=np.int64)


def _counts(data: Dataset, rows: Rows, labels: int) -> list[int]:
    """The number of some rows with each label; a multi-label row counts for each of its labels."""
    if isinstance(data.features["label"], List):
        return rows_of_labels(data.select(rows), labels)
    # Not with the selected rows, whose column takes fifty times as long.
    counts: list[int] = np.bincount(_classes(data)[rows], minlength=labels).tolist()
    return counts


def _without_repeats(origin: dict[str, Dataset], rows: dict[str, Rows], notes: list[str]) -> dict[str, Rows]:
    """The splits' rows without those whose text is in another split too; a text that is repeated in one split stays.

    Args:
        origin: split -> the data that its rows come from.
        rows: split -> the positions of its rows there.
        notes: how many rows were dropped is added to it.
    """
    texts = {id(data): Texts(data) for data in {id(data): data for data in origin.values()}.values()}
    parts = ("test", "validation", "train")
    new = first_of({name: (texts[id(origin[name])], rows[name]) for name in parts})
    for name in parts:
        if not new[name].all():
            notes.append(f"{(~new[name]).sum()} rows of {name} dropped: their text is in another split too.")
    return {name: rows[name][new[name]] for name in parts}

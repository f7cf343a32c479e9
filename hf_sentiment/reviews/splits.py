"""Split labelled rows into training, validation and test rows that have no text in common."""

from typing import NamedTuple

from datasets import Dataset, DatasetDict

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.fingerprints import text_key
from hf_sentiment.reviews.options import DataOptions

TEST_SHARE = 0.2
MAX_VALIDATION = 1000
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
    """The rows shuffled with a fixed seed, at most `size` of them."""
    data = data.shuffle(seed=seed)
    return data if size is None or size >= len(data) else data.select(range(size))


def make_splits(data: DatasetDict, options: DataOptions, notes: list[str]) -> Splits:
    """The three splits, at most as large as the options say.

    Args:
        data: the source's own splits.
        options: its sizes and its seed.
        notes: sentences about what was done are added to it.

    Raises:
        SentimentError: there are too few rows for a validation split.
    """
    train = data.get("train")
    if train is None:
        train = data[next(iter(data))]
    train = train.shuffle(seed=options.seed)
    if "test" in data:
        test = shuffled(data["test"], options.test_size, options.seed)
    else:
        count = min(options.test_size or len(train), max(1, int(len(train) * TEST_SHARE)))
        test, train = train.select(range(count)), train.select(range(count, len(train)))
        notes.append(f"The source has no test split: {count} of its rows, drawn at random, became the test rows.")
    train, validation = _set_validation_rows_aside(train, data.get("validation"), options, notes)
    return _drop_repeats(train, validation, test, notes)


def _set_validation_rows_aside(
    train: Dataset, own: Dataset | None, options: DataOptions, notes: list[str]
) -> tuple[Dataset, Dataset]:
    kept = min(options.train_size or len(train), len(train))
    if own is not None:
        return train.select(range(kept)), shuffled(own, options.validation_size or MAX_VALIDATION, options.seed)
    wanted = options.validation_size or max(1, min(MAX_VALIDATION, kept // 4))
    spare = len(train) - kept
    if spare < wanted:
        kept -= wanted - spare
        notes.append(f"{wanted - spare} of the training rows became validation rows: the source has no more.")
    if kept < 1:
        raise SentimentError(f"{len(train)} rows are too few to keep {wanted} of them for validation.")
    return train.select(range(kept)), train.select(range(kept, kept + wanted))


def _drop_repeats(train: Dataset, validation: Dataset, test: Dataset, notes: list[str]) -> Splits:
    test_keys = {text_key(text) for text in test["text"]}
    validation_keep = [i for i, text in enumerate(validation["text"]) if text_key(text) not in test_keys]
    seen = test_keys | {text_key(text) for text in validation["text"]}
    train_keep = [i for i, text in enumerate(train["text"]) if text_key(text) not in seen]
    for name, data, keep in (("train", train, train_keep), ("validation", validation, validation_keep)):
        if len(keep) < len(data):
            notes.append(f"{len(data) - len(keep)} rows of {name} dropped: their text is in another split too.")
    return Splits(train.select(train_keep), validation.select(validation_keep), test)

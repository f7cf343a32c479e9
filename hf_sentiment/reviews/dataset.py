"""Labelled reviews: their labels as class indices, their splits kept apart, their faults named."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from datasets import ClassLabel, Dataset, DatasetDict, IterableDataset, List

from hf_sentiment.core.config import MULTI_LABEL, SINGLE_LABEL, SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.labels import index_labels, indexer, parse_map, parse_names, value_name
from hf_sentiment.reviews.sources import (
    LABEL_NAMES,
    SLICE_NAMES,
    TEXT_NAMES,
    TITLE_NAMES,
    find_column,
    read_source,
    source_name,
    split_name,
)

TEST_SHARE = 0.2
MAX_VALIDATION = 1000
# Columns that rows keep for the report: their place in the split they come from, and what is before a slice's name.
ROW, SLICE = "source_row", "slice: "


@dataclass
class Reviews:
    """Labelled reviews, their splits kept apart.

    Attributes:
        train, validation, test: data sets with the columns title, text and label; a label is a class index, or a list
            of them where a review can have several. The training rows may be a stream.
        labels: class names, in index order.
        problem_type: as in SentimentConfig.
        source: what the reviews were asked for by, without any path of this machine.
        notes: what was done to them that a reader of the numbers should know.
        counts: training rows with each label, in label order.
        train_rows: how many training rows there are.
        test_rows_drawn: whether the source has no test split, so that training rows were drawn for one.
    """

    train: Dataset | IterableDataset
    validation: Dataset
    test: Dataset
    labels: list[str]
    problem_type: str
    source: str
    notes: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    train_rows: int = 0
    test_rows_drawn: bool = False

    def __post_init__(self):
        if isinstance(self.train, Dataset):
            seen = Counter(index for label in self.train["label"] for index in as_list(label))
            self.counts = [seen[index] for index in range(len(self.labels))]
            self.train_rows = len(self.train)

    @property
    def rows(self) -> dict[str, int]:
        """Labelled rows of each split."""
        return {"train": self.train_rows, "validation": len(self.validation), "test": len(self.test)}


@dataclass(frozen=True)
class Columns:
    """Which columns hold what, None for those to be found by their usual names.

    Attributes:
        text, title, label: the three that make a labelled review.
        slices: columns by whose values the report is sliced.
    """

    text: str | None = None
    title: str | None = None
    label: str | None = None
    slices: tuple[str, ...] | None = None


def load_reviews(
    source: str,
    *,
    columns: Columns = Columns(),  # noqa: B008 - frozen
    labels: str | list[str] | None = None,
    label_map: str | dict | None = None,
    config: str | None = None,
    revision: str | None = None,
    train_size: int | None = None,
    validation_size: int | None = None,
    test_size: int | None = None,
    seed: int = 42,
) -> Reviews:
    """Load labelled reviews for training.

    Validation rows come from the train split beyond the training rows, and from among them when there are no more.
    Without a test split of its own, a source gives up a fifth of its rows for one.

    Args:
        source: "demo", "amazon_polarity", a CSV, TSV, JSON Lines or Parquet file, a folder of them, or a Hub id.
        columns: the columns of text, title and label.
        labels: names for the classes, in class order.
        label_map: source value to label name; several values may share a name, and one with no name is left out.
        config: configuration of a Hub data set.
        revision: of a Hub data set.
        train_size: most training rows, shuffled; all by default.
        validation_size: by default a quarter of the training rows, at most 1,000.
        test_size: most test rows, shuffled; all by default.
        seed: of every shuffle.

    Raises:
        SentimentError: the source, a column or a label is not as it must be.
    """
    splits = read_source(source, config=config, revision=revision)
    names = parse_names(labels)
    notes: list[str] = []
    prepared = DatasetDict({k: _prepare(k, part, columns, parse_map(label_map), notes) for k, part in splits.items()})
    found, prepared = _index_labels(prepared, names, parse_map(label_map))
    train, validation, test = _split(prepared, train_size, validation_size, test_size, seed, notes)
    train, validation = _drop_repeats(train, validation, test, notes)
    multi = any(isinstance(row, list) for row in test[:1]["label"])
    reviews = Reviews(
        train, validation, test, found, MULTI_LABEL if multi else SINGLE_LABEL, source_name(source), notes
    )
    reviews.test_rows_drawn = "test" not in prepared
    check(reviews)
    return reviews


def load_split(
    source: str,
    split: str,
    labels: list[str],
    *,
    columns: Columns = Columns(),  # noqa: B008 - frozen
    label_map: str | dict | None = None,
    config: str | None = None,
    revision: str | None = None,
    size: int | None = None,
    seed: int = 42,
) -> Dataset:
    """One split, with its labels as indices into an adapter's own; for evaluation.

    Raises:
        SentimentError: as `load_reviews`, and for a label that the adapter does not know.
    """
    splits = read_source(source, config=config, revision=revision)
    split = split if split in splits else split_name(split)
    if split not in splits:
        if len(splits) > 1:
            raise SentimentError(f"{source} has no split {split!r}; it has {', '.join(splits)}.")
        split = next(iter(splits))
    data = DatasetDict({split: _prepare(split, splits[split], columns, parse_map(label_map), [])})
    _, data = _index_labels(data, labels, parse_map(label_map))
    return shuffled(data[split], size, seed)


def rendered(data: Dataset | dict[str, list], config: SentimentConfig) -> list[str]:
    """The strings that a tokenizer sees for reviews with the columns title and text."""
    return [config.render(title, text) for title, text in zip(data["title"], data["text"], strict=True)]


def shuffled(data: Dataset, size: int | None, seed: int) -> Dataset:
    """`size` rows drawn with a fixed seed, or all of them shuffled."""
    data = data.shuffle(seed=seed)
    return data if size is None or size >= len(data) else data.select(range(size))


def _prepare(name: str, data: Dataset, columns: Columns, label_map: dict | None, notes: list[str]) -> Dataset:
    kept = as_rows(name, _with_slices(name, data, columns), columns, label_map)
    if len(kept) < len(data):
        notes.append(f"{len(data) - len(kept)} rows of {name} left out: no text, or no label.")
    return kept


def _with_slices(name: str, data: Dataset, columns: Columns) -> Dataset:
    wanted = columns.slices
    if wanted is None:
        # The rows of one label are no slice: it is what they are asked for.
        there = [column for column in data.column_names if column != columns.label]
        wanted = tuple(column for column in there if column.lower() in SLICE_NAMES)
    kept = data.add_column(ROW, np.arange(len(data)))
    for column in wanted:
        find_column(data.column_names, column, (), "slices", f"The {name} split")
        kept = kept.add_column(SLICE + column, data[column][:])
    return kept


def as_rows(
    name: str, data: Dataset | IterableDataset, columns: Columns, label_map: dict | None
) -> Dataset | IterableDataset:
    """Columns title, text, names (of its labels, as the source has them) and multi (whether it could be several).

    Rows without a text or a label are left out, and all other columns but those that the report needs.

    Raises:
        SentimentError: a column is not there, or does not hold what it should.
    """
    # A stream of a text file has no columns or types before its first row, and types that its later rows may not bear.
    columns_there = data.column_names or list(next(iter(data)))
    there = [column for column in columns_there if column != ROW and not column.startswith(SLICE)]
    text = find_column(there, columns.text, TEXT_NAMES, "text", f"The {name} split")
    label = find_column(there, columns.label, LABEL_NAMES, "label", f"The {name} split")
    title = find_column(there, columns.title, TITLE_NAMES, "title", f"The {name} split")
    for role, found in (("text", text), ("label", label)):
        if found is None:
            raise SentimentError(
                f"No {role} column was found in the {name} split; it has {', '.join(there)}. "
                f"Name it with --{role}-column."
            )
    feature = (data.features or {}).get(label)
    feature = feature.feature if isinstance(feature, List) else feature
    to_name = feature.int2str if isinstance(feature, ClassLabel) else value_name

    def row(text_value, label_value, title_value=None):
        blank = text_value is None or not str(text_value).strip()
        if not blank and not isinstance(text_value, str):
            raise SentimentError(
                f"Column {text!r} holds {type(text_value).__name__} values such as {text_value!r}, not text: "
                "name the text column with --text-column."
            )
        label_names = [to_name(value) for value in as_list(label_value) if value is not None]
        if label_map is not None:
            unknown = [value for value in label_names if value not in label_map]
            if unknown:
                raise SentimentError(
                    f"The label {unknown[0]!r} is not in the label map ({', '.join(label_map)}); add it, "
                    f"or leave its rows out with {unknown[0]}=."
                )
            label_names = [label_map[value] for value in label_names if label_map[value]]
        return {
            "title": (title_value or "").strip() if isinstance(title_value, str) else "",
            "text": "" if blank else text_value,
            # Another name than the source's: map would cast the names back to the old column's type.
            "names": label_names,
            "multi": isinstance(label_value, list),
        }

    inputs = [text, label] + ([title] if title and title != text else [])
    # Streams know no `desc`, which is there to silence a bar.
    quiet = {"desc": None} if isinstance(data, Dataset) else {}
    return data.map(row, input_columns=inputs, remove_columns=there, **quiet).filter(
        lambda text, names, multi: bool(text.strip()) and (multi or bool(names)),
        input_columns=["text", "names", "multi"],
    )


def _index_labels(data: DatasetDict, names: list[str] | None, label_map: dict | None) -> tuple[list[str], DatasetDict]:
    present = {label for part in data.values() for names_of_row in part["names"] for label in names_of_row}
    labels, index = index_labels(present, names, label_map)
    multi = any(any(part["multi"]) for part in data.values())
    to_index = indexer(index, multi)
    return labels, data.map(to_index, input_columns="names", remove_columns=["names", "multi"], desc=None)


def text_key(text: str) -> str:
    """What texts that differ in case and spaces alone have in common."""
    return " ".join(text.lower().split())


def as_list(label) -> list:
    """A row's labels, however many it can have."""
    return label if isinstance(label, list) else [label]


def _split(data: DatasetDict, train_size, validation_size, test_size, seed: int, notes: list[str]):
    train = data.get("train")
    if train is None:
        train = data[next(iter(data))]
    train = train.shuffle(seed=seed)
    if "test" in data and data["test"] is not train:
        test = shuffled(data["test"], test_size, seed)
    else:
        count = min(test_size or len(train), max(1, int(len(train) * TEST_SHARE)))
        test, train = train.select(range(count)), train.select(range(count, len(train)))
        notes.append(f"The source has no test split: {count} of its rows, drawn at random, were kept aside for one.")
    own = data.get("validation")
    kept = min(train_size or len(train), len(train))
    wanted = validation_size or max(1, min(MAX_VALIDATION, kept // 4))
    if own is not None:
        return train.select(range(kept)), shuffled(own, validation_size or MAX_VALIDATION, seed), test
    spare = len(train) - kept
    if spare < wanted:
        kept -= wanted - spare
        notes.append(f"{wanted - spare} of the training rows became validation rows: the source has no more.")
    if kept < 1:
        raise SentimentError(f"{len(train)} rows are too few to keep {wanted} of them for validation.")
    return train.select(range(kept)), train.select(range(kept, kept + wanted)), test


def _drop_repeats(train: Dataset, validation: Dataset, test: Dataset, notes: list[str]) -> tuple[Dataset, Dataset]:
    test_keys = {text_key(text) for text in test["text"]}
    validation_keep = [i for i, text in enumerate(validation["text"]) if text_key(text) not in test_keys]
    seen = test_keys | {text_key(text) for text in validation["text"]}
    train_keep = [i for i, text in enumerate(train["text"]) if text_key(text) not in seen]
    for name, data, keep in (("train", train, train_keep), ("validation", validation, validation_keep)):
        if len(keep) < len(data):
            notes.append(f"{len(data) - len(keep)} rows of {name} dropped: their text stands in another split too.")
    return train.select(train_keep), validation.select(validation_keep)


def check(reviews: Reviews) -> None:
    """Raise a SentimentError where a split is empty, or has one label only."""
    for name, rows in reviews.rows.items():
        if not rows:
            raise SentimentError(f"No {name} rows are left of {reviews.source}; give it more rows.")
    single = reviews.problem_type == SINGLE_LABEL
    present = {index for index, count in enumerate(reviews.counts) if count}
    if len(reviews.labels) < 2 or len(present) < 2:
        only = reviews.labels[next(iter(present))] if present else "none"
        raise SentimentError(
            f"All training reviews of {reviews.source} have one label, {only}: a classifier needs two or more."
        )
    if single and len(present := set(reviews.validation["label"])) < 2:
        only = reviews.labels[present.pop()]
        raise SentimentError(
            f"All {len(reviews.validation)} validation reviews of {reviews.source} are {only}: "
            "no epoch can be chosen by them. Give more rows with --validation-size, or shuffle the source."
        )

"""Labelled reviews: labels as class indices, splits without common texts, errors that name what is wrong."""

from collections import Counter
from dataclasses import dataclass, field

from datasets import Dataset, DatasetDict, IterableDataset

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.label_reader import as_list
from hf_sentiment.reviews.labelled_source import LabelledSource, LeftOut
from hf_sentiment.reviews.labels import MULTI_LABEL, SINGLE_LABEL, index_labels, indexer
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.read_source import read_source
from hf_sentiment.reviews.sources import source_name
from hf_sentiment.reviews.splits import make_splits, shuffled


@dataclass
class Reviews:
    """Labelled reviews in three splits.

    Attributes:
        train, validation, test: datasets with the columns title, text and label; a label is a class index, or a list
            of them where a review can have several. The training rows may be a stream.
        labels: class names, in index order.
        problem_type: as in SentimentConfig.
        source: the name of the source, without any path of this machine.
        notes: what was done to the rows that a reader of the numbers should know.
        counts: number of training rows with each label, in label order.
        train_rows: number of training rows.
        test_rows_drawn: whether the source has no test split, so that test rows were drawn from its training rows.
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

    def __post_init__(self) -> None:
        if isinstance(self.train, Dataset):
            seen = Counter(index for label in self.train["label"] for index in as_list(label))
            self.counts = [seen[index] for index in range(len(self.labels))]
            self.train_rows = len(self.train)

    @property
    def rows(self) -> dict[str, int]:
        """Number of labelled rows in each split."""
        return {"train": self.train_rows, "validation": len(self.validation), "test": len(self.test)}


def load_reviews(options: DataOptions) -> Reviews:
    """Load labelled reviews for training.

    Validation rows come from the source's validation split (at most 1,000 by default). Without one, they are a quarter
    of the training rows by default, at most 1,000: rows beyond the training rows if there are enough, else some of
    them. Without a test split, a fifth of the rows becomes one.

    Args:
        options: the source, its columns and labels, and the sizes of the splits.

    Raises:
        SentimentError: the source, a column or a label is wrong.
    """
    notes: list[str] = []
    prepared = _load_splits(read_source(options), options, notes)
    labels, prepared = _index_labels(prepared, options)
    train, validation, test = make_splits(prepared, options, notes)
    multi = any(isinstance(label, list) for label in test[:1]["label"])
    problem_type = MULTI_LABEL if multi else SINGLE_LABEL
    reviews = Reviews(train, validation, test, labels, problem_type, source_name(options.source), notes)
    reviews.test_rows_drawn = "test" not in prepared
    check_reviews(reviews)
    return reviews


def load_split(options: DataOptions, split: str, size: int | None = None, notes: list[str] | None = None) -> Dataset:
    """Load one split, for evaluation.

    Args:
        options: the source, its columns and labels. With `labels`, those of an adapter, label indices are the
            adapter's. The options' sizes are not used.
        split: the name of the split; ignored if the source has only one.
        size: maximum number of rows, shuffled; all by default.
        notes: sentences about rows that were left out are added to it.

    Raises:
        SentimentError: as `load_reviews`; or a row has a label that is none of `labels`.
    """
    source = read_source(options)
    loaded = _load(source, source.find_split(split), options, [] if notes is None else notes)
    if not len(loaded):
        raise SentimentError(f"No labelled rows are left of {options.source}: there is nothing to measure.")
    _, data = _index_labels(DatasetDict({split: loaded}), options)
    return shuffled(data[split], size, options.seed)


def used_splits(source: LabelledSource) -> list[str]:
    """The splits that training uses: train, or the first one in its place, and validation and test if there are any."""
    train = "train" if "train" in source.splits else source.splits[0]
    return [train, *(name for name in ("validation", "test") if name in source.splits and name != train)]


def check_reviews(reviews: Reviews) -> None:
    """Raise a SentimentError if a split is empty or has one label only."""
    for name, rows in reviews.rows.items():
        if not rows:
            raise SentimentError(f"No {name} rows are left of {reviews.source}; give it more rows.")
    present = {index for index, count in enumerate(reviews.counts) if count}
    if len(reviews.labels) < 2 or len(present) < 2:
        only = reviews.labels[next(iter(present))] if present else "none"
        raise SentimentError(
            f"All training reviews of {reviews.source} have one label, {only}: a classifier needs two or more."
        )
    if reviews.problem_type == SINGLE_LABEL and len(present := set(reviews.validation["label"])) < 2:
        only = reviews.labels[present.pop()]
        raise SentimentError(
            f"All {len(reviews.validation)} validation reviews of {reviews.source} are {only}: no epoch can be "
            "chosen on them. Give more rows with --validation-size, or shuffle the source."
        )


def _load_splits(source: LabelledSource, options: DataOptions, notes: list[str]) -> DatasetDict:
    """The splits that training uses; a validation or test split without labels is passed over."""
    train, *others = used_splits(source)
    loaded = {"train": _load(source, train, options, notes)}
    for split in others:
        rows = _load(source, split, options, notes) if source.has_labels(split, options) else None
        if rows is None or not len(rows):
            notes.append(f"The {split} split of {source_name(options.source)} has no labels and is not used.")
        else:
            loaded[split] = rows
    return DatasetDict(loaded)


def _load(source: LabelledSource, split: str, options: DataOptions, notes: list[str]) -> Dataset:
    left_out = LeftOut()
    rows = source.load(split, options, left_out, notes)
    notes += left_out.notes(split)
    return rows


def _index_labels(data: DatasetDict, options: DataOptions) -> tuple[list[str], DatasetDict]:
    present = {label for part in data.values() for names_of_row in part["names"] for label in names_of_row}
    labels, index = index_labels(present, options.label_names, options.value_to_label)
    multi = any(any(part["multi"]) for part in data.values())
    to_index = indexer(index, multi)
    return labels, data.map(to_index, input_columns="names", remove_columns=["names", "multi"], desc=None)

"""Labelled reviews: labels as class indices, splits without common texts, errors that name what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from datasets import Dataset, DatasetDict, IterableDataset

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.label_rows import missing_label_notes, one_validation_label, rows_of_labels, rows_of_names
from hf_sentiment.reviews.labelled_source import LabelledSource, LeftOut
from hf_sentiment.reviews.labels import MULTI_LABEL, SINGLE_LABEL, LabelIndexer, index_labels, indexer
from hf_sentiment.reviews.number_labels import question_numbers
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
            self.counts = rows_of_labels(self.train, len(self.labels))
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
    source = read_source(options)
    prepared = _load_splits(source, options, notes)
    labels, prepared = _index_labels(prepared, options, notes, source)
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
    _, data = _index_labels(DatasetDict({split: loaded}), options, [])
    return shuffled(data[split], size, options.seed)


def used_splits(source: LabelledSource) -> list[str]:
    """The splits that training uses: train, or the first one in its place, and validation and test if there are any."""
    train = "train" if "train" in source.splits else source.splits[0]
    return [train, *(name for name in ("validation", "test") if name in source.splits and name != train)]


def check_reviews(reviews: Reviews) -> None:
    """Add a note for each label that a split has no row of.

    Raises:
        SentimentError: a split is empty or has one label only.
    """
    for name, rows in reviews.rows.items():
        if not rows:
            raise SentimentError(f"No {name} rows are left of {reviews.source}; give it more rows.")
    present = {index for index, count in enumerate(reviews.counts) if count}
    if len(reviews.labels) < 2 or len(present) < 2:
        only = reviews.labels[next(iter(present))] if present else "none"
        raise SentimentError(
            f"All training reviews of {reviews.source} have one label, {only}: a classifier needs two or more."
        )
    others = {name: rows_of_labels(getattr(reviews, name), len(reviews.labels)) for name in ("validation", "test")}
    counts = {"train": reviews.counts, **others}
    if reviews.problem_type == SINGLE_LABEL and sum(map(bool, counts["validation"])) < 2:
        stream = not isinstance(reviews.train, Dataset)
        raise one_validation_label(counts, reviews.labels, reviews.source, stream)
    reviews.notes += missing_label_notes(counts, reviews.labels)


def _load_splits(source: LabelledSource, options: DataOptions, notes: list[str]) -> DatasetDict:
    """The splits that training uses; a validation or test split without labels is passed over."""
    train, *others = used_splits(source)
    loaded = {"train": _load(source, train, options, notes)}
    if not len(loaded["train"]):
        raise SentimentError(f"No labelled rows are left of {options.source}. {' '.join(notes)}".strip())
    for split in others:
        rows = None if source.label_column(split, options) is None else _load(source, split, options, notes)
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


def _index_labels(
    data: DatasetDict, options: DataOptions, notes: list[str], source: LabelledSource | None = None
) -> tuple[list[str], DatasetDict]:
    """The labels, and the rows with their indices.

    Args:
        data: splits with the columns names and multi.
        options: label names and label map.
        notes: a sentence about merged labels is added to it.
        source: of the rows, whose label column is questioned if it holds many numbers; None to take it as it is.
    """
    rows = rows_of_names(data.values())
    multi = any(any(part["multi"][:]) for part in data.values())
    if source is not None:
        question_labels(rows, multi, source, options)
    labels, index = index_labels(rows, options.label_names, options.value_to_label, notes)
    to_index = indexer(index, multi)
    return labels, DatasetDict({name: _with_labels(part, to_index) for name, part in data.items()})


def question_labels(rows: Mapping[str, int], multi: bool, source: LabelledSource, options: DataOptions) -> None:
    """Refuse a label column that holds measured numbers or identifiers, unless the options say what its values mean.

    Args:
        rows: number of rows with each value.
        multi: whether a row can have several.
        source: of the rows.
        options: its columns, label names and label map are used.

    Raises:
        SentimentError: as in `question_numbers`.
    """
    if not multi and options.label_names is None and options.value_to_label is None:
        column = source.label_column(used_splits(source)[0], options)
        question_numbers(rows, str(column), source_name(options.source))


def _with_labels(part: Dataset, to_index: LabelIndexer) -> Dataset:
    # Not with `map`, which takes ten times as long for a function of one value.
    column = [to_index(names) for names in part["names"][:]]
    return part.remove_columns(["names", "multi"]).add_column("label", column)

"""Labelled reviews: labels as class indices, splits without common texts, errors that name what is wrong."""

from dataclasses import dataclass, field

import pyarrow as pa
from datasets import Dataset, DatasetDict, IterableDataset

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import ROW
from hf_sentiment.reviews.index_rows import indexed, may_have_several, rows_of_names
from hf_sentiment.reviews.label_rows import missing_label_notes, one_validation_label
from hf_sentiment.reviews.labelled_source import LabelledSource
from hf_sentiment.reviews.labels import MULTI_LABEL, SINGLE_LABEL, index_labels, joined_labels_note
from hf_sentiment.reviews.left_out import LeftOut, RejectsFile, open_rejects
from hf_sentiment.reviews.number_labels import question_labels
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.read_source import read_source
from hf_sentiment.reviews.remembered import Remembered
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
        counts: split -> the number of its rows with each label, in label order.
        train_rows: number of training rows.
        test_rows_drawn: whether the source has no test split, so that test rows were drawn from its training rows.
        notes: what was done to the rows that a reader of the numbers should know.
    """

    train: Dataset | IterableDataset
    validation: Dataset
    test: Dataset
    labels: list[str]
    problem_type: str
    source: str
    counts: dict[str, list[int]]
    train_rows: int
    test_rows_drawn: bool
    notes: list[str] = field(default_factory=list)

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
    with open_rejects(options.rejects) as rejects:
        tables = _load_splits(source, options, notes, rejects)
    rows = rows_of_names(tables.values())
    multi = any(may_have_several(table) for table in tables.values())
    column = source.label_column(source.used_splits[0], options.columns)
    question_labels(rows, multi, str(column), options)
    labels, index = index_labels(rows, options.label_names, options.value_to_label, notes)
    if options.value_to_label is None and not multi:
        notes += joined_labels_note(rows)
    splits = DatasetDict({name: indexed(table, index, multi, name, notes) for name, table in tables.items()})
    if not len(splits["train"]):
        raise left_out_by_map(options)
    unlabelled = [name for name in ("validation", "test") if name in splits and not len(splits[name])]
    for name in unlabelled:
        del splits[name]
        notes.append(unlabelled_note(name, options))
    train, validation, test, counts = make_splits(splits, len(labels), options, notes)
    problem_type = MULTI_LABEL if multi else SINGLE_LABEL
    reviews = Reviews(
        train,
        validation,
        test,
        labels=labels,
        problem_type=problem_type,
        source=source_name(options.source),
        notes=notes,
        counts=counts,
        train_rows=len(train),
        test_rows_drawn="test" not in splits,
    )
    check_reviews(reviews)
    return reviews


@dataclass
class LabelledRows:
    """The labelled rows of one split, in their order.

    Attributes:
        data: a dataset with the columns title, text and label, as those of Reviews; and in the column ROW the row's
            position in the split, from 0: in a source of one file, that in the file.
        values: each value of the label column -> its number of rows.
        index: each of them -> its class index; None for a value that the label map leaves out.
        files: number of files of the split.
    """

    data: Dataset
    values: dict[str, int]
    index: dict[str, int | None]
    files: int


def load_split(
    options: DataOptions,
    split: str,
    size: int | None = None,
    notes: list[str] | None = None,
    remembered: Remembered | None = None,
) -> Dataset:
    """Load one split, for evaluation: some rows of `read_split`, drawn at random.

    Args:
        options: as there.
        split: as there.
        size: maximum number of rows, shuffled; all by default.
        notes: as there.
        remembered: as there.

    Raises:
        SentimentError: as there.
    """
    rows = read_split(options, split, [] if notes is None else notes, remembered)
    return shuffled(rows.data, size, options.seed)


def read_split(
    options: DataOptions, split: str, notes: list[str], remembered: Remembered | None = None
) -> LabelledRows:
    """Read the labelled rows of one split.

    Args:
        options: the source, its columns and labels. With `labels`, those of an adapter, label indices are the
            adapter's. The options' sizes are not used.
        split: the name of the split; ignored if the source has only one.
        notes: sentences about rows that were left out are added to it.
        remembered: how the adapter's training read its reviews, for what the options leave open.

    Raises:
        SentimentError: as `load_reviews`; or a row has a label that is none of `labels`.
    """
    source = read_source(options)
    name = source.find_split(split)
    columns, label_map = options.columns, options.value_to_label
    if remembered is not None:
        columns = remembered.columns_for(columns, source.columns(name), notes)
    left_out = LeftOut(name)
    with open_rejects(options.rejects) as rejects:
        left_out.rejects = rejects
        table = source.load(name, columns, left_out, notes)
    notes += left_out.notes()
    if not len(table):
        raise SentimentError(f"No labelled rows are left of {options.source}. {' '.join(left_out.notes())}".strip())
    rows, multi = rows_of_names([table]), may_have_several(table)
    question_labels(rows, multi, str(source.label_column(name, columns)), options)
    if remembered is not None and label_map is None:
        label_map = remembered.map_for(rows, options.label_names or [], notes)
    _, index = index_labels(rows, options.label_names, label_map, notes)
    data = indexed(table, index, multi, name, notes)
    if not len(data):
        raise left_out_by_map(options)
    return LabelledRows(data, rows, index, len(source.parts[name]))


def source_rows(data: Dataset) -> list[int]:
    """The number of each labelled row in its split, from 0."""
    return list(data[ROW]) if ROW in data.column_names else list(range(len(data)))


def texts_by_row(data: Dataset) -> dict[int, str]:
    """Row number, as in `source_rows`, -> the review's text."""
    return dict(zip(source_rows(data), data["text"], strict=True))


def left_out_by_map(options: DataOptions) -> SentimentError:
    """The error for a label map that leaves no row."""
    return SentimentError(
        f"No labelled rows are left of {options.source}: the label map leaves all of them out. Give the values of the "
        'rows to keep a name, such as --label-map "1=Negative,5=Positive".'
    )


def unlabelled_note(split: str, options: DataOptions) -> str:
    """The note for a split that is passed over."""
    return f"The {split} split of {source_name(options.source)} has no labels and is not used."


def check_reviews(reviews: Reviews) -> None:
    """Add a note for each label that a split has no row of.

    Raises:
        SentimentError: a split is empty or has one label only.
    """
    for name, rows in reviews.rows.items():
        if not rows:
            # Such as texts that repeat, which are in one split only.
            why = "".join(f" {note}" for note in reviews.notes)
            raise SentimentError(f"No {name} rows are left of {reviews.source}; give it more reviews.{why}")
    counts = reviews.counts
    present = {index for index, count in enumerate(counts["train"]) if count}
    if len(reviews.labels) < 2 or len(present) < 2:
        only = reviews.labels[next(iter(present))] if present else "none"
        raise SentimentError(
            f"All training reviews of {reviews.source} have one label, {only}: a classifier needs two or more."
        )
    if reviews.problem_type == SINGLE_LABEL and sum(map(bool, counts["validation"])) < 2:
        stream = not isinstance(reviews.train, Dataset)
        raise one_validation_label(counts, reviews.labels, reviews.source, stream)
    reviews.notes += missing_label_notes(counts, reviews.labels)


def _load_splits(
    source: LabelledSource, options: DataOptions, notes: list[str], rejects: RejectsFile | None
) -> dict[str, pa.Table]:
    """The labelled rows of the splits that training uses; a split without a label column has none."""
    train, *others = source.used_splits
    loaded = {}
    for split, name in ((train, "train"), *zip(others, others, strict=True)):
        if name != "train" and source.label_column(split, options.columns) is None:
            notes.append(unlabelled_note(split, options))
            continue
        left_out = LeftOut(split, rejects)
        table = source.load(split, options.columns, left_out, notes)
        if not len(table) and name != "train":
            notes.append(unlabelled_note(split, options))
            continue
        loaded[name] = table
        notes += left_out.notes()
    if not len(loaded["train"]):
        raise SentimentError(f"No labelled rows are left of {options.source}. {' '.join(notes)}".strip())
    return loaded

"""LabelledSource: the labelled rows of a source, one split at a time, read only when they are asked for."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from datasets import Dataset, IterableDataset

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import SLICE_NAMES, Columns, find_column
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.splits import split_name


@dataclass
class LeftOut:
    """The rows of a split that are not among its labelled rows, by reason.

    Attributes:
        counts: reason -> number of rows; a reason ends a sentence that begins with "12 rows of train".
        first: reason -> the first of these rows, as a message names it.
    """

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, row: str = "", rows: int = 1) -> None:
        """Count rows.

        Args:
            reason: why they are left out.
            row: what a message calls the first of them, and what is wrong with it.
            rows: how many there are.
        """
        if rows:
            self.counts[reason] += rows
            self.first.setdefault(reason, row)

    def notes(self, split: str) -> list[str]:
        """A sentence for each reason."""
        return [
            f"{count:,} {'row' if count == 1 else 'rows'} of {split} {reason}"
            + (f"; the first is {self.first[reason]}" if self.first[reason] else ".")
            for reason, count in self.counts.items()
        ]


class LabelledSource(ABC):
    """The labelled rows of a source: title, text, the names of their labels, and whether they could have several.

    Attributes:
        name: what messages call the source.
        splits: names of its splits, in order; "train" where the source has none.
    """

    name: str
    splits: list[str]

    @abstractmethod
    def label_column(self, split: str, options: DataOptions) -> str | None:
        """The label column of a split; None if it has none."""

    @abstractmethod
    def load(self, split: str, options: DataOptions, left_out: LeftOut, notes: list[str]) -> Dataset:
        """The rows with the columns title, text, names and multi, their positions, and the slices' columns.

        Args:
            split: one of `splits`.
            options: its columns and its label map are used.
            left_out: rows that are left out are added to it.
            notes: sentences about how the files were read are added to it.

        Raises:
            SentimentError: a column does not exist, or does not hold what it should.
        """

    @abstractmethod
    def rows(self, split: str, options: DataOptions, left_out: LeftOut, notes: list[str]) -> Iterator[dict[str, Any]]:
        """The rows of `load` one at a time, perhaps without positions and slices; arguments as there."""

    @abstractmethod
    def stream(self, split: str, options: DataOptions) -> IterableDataset:
        """The rows of `rows` as a stream, which is read while it is used, as often as it is used."""

    def find_split(self, wanted: str) -> str:
        """The split of a name, whatever the source calls it; the only split, if there is one.

        Raises:
            SentimentError: there are several, and none has this name.
        """
        by_name = {split_name(split): split for split in self.splits} | {split: split for split in self.splits}
        found = by_name.get(wanted, by_name.get(split_name(wanted)))
        if found is None and len(self.splits) > 1:
            raise SentimentError(f"{self.name} has no split {wanted!r}; it has {', '.join(self.splits)}.")
        return found or self.splits[0]


def split_title(split: str) -> str:
    """What a message about columns calls a split; it starts a sentence."""
    return f"The {split} split"


def slice_columns(there: list[str], columns: Columns, source: str) -> list[str]:
    """The columns that the report is sliced by.

    Args:
        there: the columns of the source.
        columns: names the slices; None takes those with usual names.
        source: what a message calls the source; it starts a sentence.

    Raises:
        SentimentError: a column does not exist.
    """
    if columns.slices is None:
        # Slices by the label would say nothing: it is what the rows are scored on.
        return [column for column in there if column != columns.label and column.lower() in SLICE_NAMES]
    for column in columns.slices:
        find_column(there, "slice", column, source)
    return list(columns.slices)

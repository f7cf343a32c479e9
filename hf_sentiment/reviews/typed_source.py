"""Labelled rows of sources that say the types of their columns: Parquet files and datasets of the Hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from datasets import ClassLabel, Dataset, DatasetDict, IterableDataset, IterableDatasetDict, List
from datasets.exceptions import DatasetGenerationError, DatasetNotFoundError

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.columns import ROW, SLICE, find_column, not_text, require_column
from hf_sentiment.reviews.label_reader import LabelReader
from hf_sentiment.reviews.labelled_source import LabelledSource, LeftOut, slice_columns, split_title
from hf_sentiment.reviews.labels import value_name
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.sources import PRESETS
from hf_sentiment.reviews.splits import split_name


class TypedSource(LabelledSource):
    """Splits that the `datasets` library reads.

    Args:
        name: what messages call the source.
        data: the splits, in memory or as streams.
    """

    def __init__(self, name: str, data: DatasetDict | IterableDatasetDict) -> None:
        self.name = name
        named = {split_name(split): part for split, part in data.items()}
        self.data = named if len(named) == len(data) else dict(data)
        self.splits = list(self.data)

    def label_column(self, split: str, options: DataOptions) -> str | None:
        """As in LabelledSource."""
        with readable(self.name):
            return find_column(_columns(self.data[split]), "label", options.columns.label, split_title(split))

    def load(self, split: str, options: DataOptions, left_out: LeftOut, notes: list[str]) -> Dataset:
        """As in LabelledSource."""
        data = self.data[split]
        kept = data.add_column(ROW, np.arange(len(data)))
        for column in slice_columns(data.column_names, options.columns, split_title(split)):
            kept = kept.add_column(SLICE + column, data[column][:])
        labelled = _labelled_rows(split, kept, options)
        left_out.add("left out: no text, or no label", rows=len(data) - len(labelled))
        return labelled

    def rows(self, split: str, options: DataOptions, left_out: LeftOut, notes: list[str]) -> Iterator[dict[str, Any]]:
        """As in LabelledSource."""
        return iter(self.stream(split, options))

    def stream(self, split: str, options: DataOptions) -> IterableDataset:
        """As in LabelledSource."""
        return _labelled_rows(split, self.data[split], options)


@contextmanager
def readable(source: str) -> Iterator[None]:
    """Turn the errors that `datasets` raises while it reads a source into a SentimentError."""
    try:
        yield
    except DatasetNotFoundError:
        raise SentimentError(
            f"There is no dataset {source!r}: it is not a preset ({', '.join(PRESETS)}), not a file here, and not a "
            "Hub dataset that you can read."
        ) from None
    except (DatasetGenerationError, ValueError, OSError, KeyError) as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise SentimentError(f"The reviews in {source} cannot be read: {first_line(cause)}") from error


def _columns(data: Dataset | IterableDataset) -> list[str]:
    # A stream may have no columns before its first row.
    there = data.column_names or list(next(iter(data)))
    return [column for column in there if column != ROW and not column.startswith(SLICE)]


def _labelled_rows(split: str, data: Dataset | IterableDataset, options: DataOptions) -> Dataset | IterableDataset:
    columns, what, there = options.columns, split_title(split), _columns(data)
    text = require_column(there, "text", columns.text, what)
    label = require_column(there, "label", columns.label, what)
    title = find_column(there, "title", columns.title, what)
    feature = (data.features or {}).get(label)
    read_label = LabelReader(_namer(feature), options.value_to_label)

    def row(text_value: object, label_value: Any, title_value: object = None) -> dict[str, Any]:
        blank = text_value is None or not str(text_value).strip()
        if not blank and not isinstance(text_value, str):
            values = f"{type(text_value).__name__} values such as {text_value!r}"
            raise not_text(text, values, f"the {split} split")
        heading = title_value.strip() if isinstance(title_value, str) else ""
        return {
            # A title alone is a review, as for the pipeline.
            "title": "" if blank else heading,
            "text": heading if blank else text_value,
            # Not named as the source's column: map would cast the names back to that column's type.
            "names": read_label(label_value),
            "multi": isinstance(label_value, list),
        }

    inputs = [text, label] + ([title] if title and title != text else [])
    # desc=None hides the progress bar; streams have no bar and do not accept it.
    quiet = {"desc": None} if isinstance(data, Dataset) else {}
    return data.map(row, input_columns=inputs, remove_columns=there, **quiet).filter(
        lambda text, names, multi: bool(text.strip()) and (multi or bool(names)),
        input_columns=["text", "names", "multi"],
    )


def _namer(feature: Any) -> Any:
    """A function from a value of the label column to its name; None for a value that is no label."""
    feature = feature.feature if isinstance(feature, List) else feature
    if not isinstance(feature, ClassLabel):
        return value_name
    # Rows without a label have -1, as the test split of SST-2 has.
    return lambda value: feature.int2str(value) if value >= 0 else None

"""Turn the rows of any source into labelled rows: title, text, and the names of their labels."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from datasets import ClassLabel, Dataset, IterableDataset, List

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import ROW, SLICE, SLICE_NAMES, Columns, find_column, not_text, require_column
from hf_sentiment.reviews.labels import value_name


def labelled_rows(
    name: str, data: Dataset | IterableDataset, columns: Columns, label_map: dict[str, str | None] | None
) -> Dataset | IterableDataset:
    """Rows with the columns title, text, names and multi, in the source's order.

    `names` are the names of a row's labels, as the source or the label map has them; `multi` is whether the row could
    have several. Rows without a text or a label are left out. Other columns are dropped, except those that
    `with_slices` added.

    Args:
        name: the split's name, for messages.
        data: the source's rows.
        columns: which columns hold what.
        label_map: source value to label name.

    Raises:
        SentimentError: a column does not exist, or does not hold what it should.
    """
    source = f"The {name} split"
    # A stream of a text file has no columns or types before its first row, and later rows may not have its types.
    columns_there = data.column_names or list(next(iter(data)))
    there = [column for column in columns_there if column != ROW and not column.startswith(SLICE)]
    text = require_column(there, "text", columns.text, source)
    label = require_column(there, "label", columns.label, source)
    title = find_column(there, "title", columns.title, source)
    to_names = _label_reader((data.features or {}).get(label), label_map)

    def row(text_value: object, label_value: object, title_value: object = None) -> dict[str, Any]:
        blank = text_value is None or not str(text_value).strip()
        if not blank and not isinstance(text_value, str):
            values = f"{type(text_value).__name__} values such as {text_value!r}"
            raise not_text(text, values, f"the {name} split")
        return {
            "title": title_value.strip() if isinstance(title_value, str) else "",
            "text": "" if blank else text_value,
            # Not named as the source's column: map would cast the names back to that column's type.
            "names": to_names(label_value),
            "multi": isinstance(label_value, list),
        }

    inputs = [text, label] + ([title] if title and title != text else [])
    # desc=None hides the progress bar; streams have no bar and do not accept it.
    quiet = {"desc": None} if isinstance(data, Dataset) else {}
    return data.map(row, input_columns=inputs, remove_columns=there, **quiet).filter(
        lambda text, names, multi: bool(text.strip()) and (multi or bool(names)),
        input_columns=["text", "names", "multi"],
    )


def with_slices(name: str, data: Dataset, columns: Columns) -> Dataset:
    """The rows with their positions and with the columns that the report is sliced by, under our own names.

    Raises:
        SentimentError: a column does not exist.
    """
    wanted: Sequence[str] | None = columns.slices
    if wanted is None:
        # Slices by the label would say nothing: it is what the rows are scored on.
        there = [column for column in data.column_names if column != columns.label]
        wanted = [column for column in there if column.lower() in SLICE_NAMES]
    kept = data.add_column(ROW, np.arange(len(data)))
    for column in wanted:
        find_column(data.column_names, "slice", column, f"The {name} split")
        kept = kept.add_column(SLICE + column, data[column][:])
    return kept


def as_list(label: Any) -> list[Any]:
    """The labels of a row as a list, also where a row has one label."""
    return label if isinstance(label, list) else [label]


def _label_reader(feature: Any, label_map: dict[str, str | None] | None) -> Callable[[object], list[str]]:
    """A function from the value in a label column to the names of the row's labels."""
    feature = feature.feature if isinstance(feature, List) else feature
    to_name = feature.int2str if isinstance(feature, ClassLabel) else value_name

    def to_names(value: object) -> list[str]:
        names = [to_name(each) for each in as_list(value) if each is not None]
        if label_map is None:
            return names
        unknown = next((name for name in names if name not in label_map), None)
        if unknown is not None:
            raise SentimentError(
                f"The label {unknown!r} is not in the label map ({', '.join(label_map)}); add it, "
                f"or leave its rows out with {unknown}=."
            )
        return [mapped for name in names if (mapped := label_map[name])]

    return to_names

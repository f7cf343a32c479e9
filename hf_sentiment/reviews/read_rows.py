"""From the rows of a file to labelled reviews: arrays of titles, texts and label names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import ROW, SLICE
from hf_sentiment.reviews.layout import Layout
from hf_sentiment.reviews.left_out import NO_LABEL, NO_TEXT, UNREADABLE, LeftOut
from hf_sentiment.reviews.review import as_review
from hf_sentiment.reviews.row_files.row_file import Chunk, Reject

# An Arrow array: the stubs of pyarrow lack many of its methods.
Array: TypeAlias = Any
# The values of a column: as they come from JSON, or with a type.
Values: TypeAlias = Sequence[Any] | Array
# From a value of a label column to its name; None for a value that is no label.
Namer = Callable[[Any], str | None]
# A text with a character of ASCII that can be seen is a review, and a title that begins and ends with one has no blanks
# around it: `as_review` leaves both as they are.
VISIBLE, NO_BLANKS_AROUND = "[!-~]", "(?s)^(?:[!-~](?:.*[!-~])?)?$"
NAMES = pa.list_(pa.string())


@dataclass
class ReviewArrays:
    """The reviews of some rows.

    Attributes:
        title, text: of each row, as `as_review` returns them; null for a row that is no review.
        reasons: index of a row that is no review -> why, as a sentence; empty for a row without title and text.
    """

    title: Array
    text: Array
    reasons: dict[int, str]


def labelled_rows(chunk: Chunk, layout: Layout, to_name: Namer, left_out: LeftOut, start: int = 0) -> pa.Table:
    """The labelled rows of a chunk.

    Args:
        chunk: of a file.
        layout: its columns.
        to_name: the name of a label.
        left_out: the rows that are no labelled reviews are added to it.
        start: number of rows of the split before the file.

    Returns:
        The columns title, text, names (of the labels of each row), multi (whether a row could have several labels), the
        row's position in the split, and the slices.
    """
    reviews = read_reviews(column(chunk, layout.text), column(chunk, layout.title) if layout.title else None)
    names, multi = read_names(column(chunk, layout.label), to_name)
    unread = np.zeros(len(names), dtype=bool)
    unread[list(reviews.reasons)] = True
    unlabelled = ~unread & names.is_null().to_numpy(zero_copy_only=False)
    for reject in chunk.rejects:
        left_out.add(UNREADABLE, reject)
    for index in np.flatnonzero(unread).tolist():
        reason = reviews.reasons[index]
        left_out.add(UNREADABLE if reason else NO_TEXT, _reject(chunk, index, reason or "The row has no text."))
    if left_out.rejects:
        for index in np.flatnonzero(unlabelled).tolist():
            left_out.add(NO_LABEL, _reject(chunk, index, "The row has no label."))
    else:
        left_out.count(NO_LABEL, int(unlabelled.sum()))
    table = pa.table(
        {"title": reviews.title, "text": reviews.text, "names": names, "multi": multi}
        | {ROW: pa.array(np.asarray(chunk.numbers, dtype=np.int64) + (start - 1))}
        | {SLICE + name: _slice(column(chunk, name)) for name in layout.slices}
    )
    kept = ~(unread | unlabelled)
    return table if kept.all() else table.filter(pa.array(kept))


def column(chunk: Chunk, name: str) -> Values:
    """The values of a column in the good rows of a chunk."""
    if isinstance(chunk.rows, list):
        return [row.get(name) for row in chunk.rows]
    values: Array = chunk.rows[name].combine_chunks()
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def as_list(values: Values) -> list[Any]:
    """The values as Python has them."""
    return values.to_pylist() if isinstance(values, pa.Array) else list(values)


def read_reviews(texts: Values, titles: Values | None) -> ReviewArrays:
    """Read one review per row, as `as_review` does; most rows without a call of it."""
    text: Array = _as_strings(texts)
    title: Array = pa.array([""] * len(texts), pa.string()) if titles is None else _as_strings(titles)
    if text is None or title is None:
        plain = np.zeros(len(texts), dtype=bool)
        text = title = pa.nulls(len(texts), pa.string())
    else:
        title = title.fill_null("")
        fits: Array = pc.and_(
            pc.match_substring_regex(text, VISIBLE), pc.match_substring_regex(title, NO_BLANKS_AROUND)
        )
        plain = fits.fill_null(False).to_numpy(zero_copy_only=False)
    if plain.all():
        return ReviewArrays(title, text, {})
    reasons: dict[int, str] = {}
    others: dict[str, list[str | None]] = {"title": [None] * len(plain), "text": [None] * len(plain)}
    for index in np.flatnonzero(~plain).tolist():
        row = {"title": None if titles is None else _value(titles, index), "text": _value(texts, index)}
        if all(is_blank(cell) for cell in row.values()):
            reasons[index] = ""
            continue
        try:
            others["title"][index], others["text"][index] = as_review(row)
        except SentimentError as error:
            reasons[index] = str(error)
    mask = pa.array(plain)
    return ReviewArrays(
        pc.if_else(mask, title, pa.array(others["title"], pa.string())),
        pc.if_else(mask, text, pa.array(others["text"], pa.string())),
        reasons,
    )


def read_names(values: Values, to_name: Namer) -> tuple[Array, Array]:
    """The names of each row's labels, null for a row without, and whether a row could have several."""
    encoded = _encoded(values)
    if encoded is None:
        rows = [_names_of(_value(values, index), to_name) for index in range(len(values))]
        multi = [isinstance(_value(values, index), list) for index in range(len(values))]
        return pa.array(rows, NAMES), pa.array(multi, pa.bool_())
    # A value is named once, whatever the number of its rows.
    named = [None if is_blank(value) else to_name(value) for value in encoded.dictionary.to_pylist()]
    names = pa.array(named, pa.string()).take(encoded.indices)
    present = names.is_valid().to_numpy(zero_copy_only=False)
    ends = pa.array(np.concatenate([[0], np.cumsum(present)]), pa.int32(), mask=np.append(~present, False))
    return pa.ListArray.from_arrays(ends, names.drop_null()), pa.array(np.zeros(len(values), dtype=bool))


def is_blank(value: object) -> bool:
    """Whether a cell is empty, or the NaN of an empty numeric cell.

    A word such as "None" or "n/a" is a text or a label like any other.
    """
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _names_of(value: Any, to_name: Namer) -> list[str] | None:
    if not isinstance(value, list):
        name = None if is_blank(value) else to_name(value)
        return None if name is None else [name]
    found = [to_name(each) for each in value if not is_blank(each)]
    return [name for name in found if name is not None]


def _value(values: Values, index: int) -> Any:
    return values[index].as_py() if isinstance(values, pa.Array) else values[index]


def _as_strings(values: Values) -> Array | None:
    """The values as an array of strings; None if one of them is something else."""
    if isinstance(values, pa.Array):
        kind = values.type
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        return values.cast(pa.string()) if text or pa.types.is_null(kind) else None
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None


def _encoded(values: Values) -> Any:
    """The values as an array with a dictionary; None for lists and for values of several types."""
    array = values if isinstance(values, pa.Array) else _as_strings(values)
    return None if array is None or pa.types.is_nested(array.type) else array.dictionary_encode()


def _slice(values: Values) -> Array:
    # As text, because the files of a split may have different types.
    return pa.array([None if is_blank(value) else str(value) for value in as_list(values)], pa.string())


def _reject(chunk: Chunk, index: int, reason: str) -> Reject:
    row = chunk.rows[index] if isinstance(chunk.rows, list) else chunk.rows.slice(index, 1).to_pylist()[0]
    return Reject(chunk.numbers[index], reason, row)

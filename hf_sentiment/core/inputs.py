"""The input of a call: one review, many, a stream of them, or a table."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.review import TEXT_KEYS


class Inputs(NamedTuple):
    """The input of a call.

    Attributes:
        reviews: the reviews; read lazily if `lazy`.
        single: whether the input was one review instead of a collection.
        lazy: whether the input is a stream, which may have no end.
    """

    reviews: Iterable[object]
    single: bool = False
    lazy: bool = False


def read_inputs(given: object) -> Inputs:
    """Tell one review from many.

    Args:
        given: a review, an iterable of reviews, or a table (pandas, polars or Arrow) with a column "text" or "content"
            and perhaps "title".

    Raises:
        SentimentError: it is none of these, or a collection without an order.
    """
    if isinstance(given, str | Mapping):
        return Inputs([given], single=True)
    if isinstance(given, bytes | bytearray | memoryview):
        raise SentimentError("The review is bytes, not text: decode it first, with .decode().")
    if isinstance(given, set | frozenset):
        raise SentimentError("The reviews are a set, which has no order for the answers to follow: give a list.")
    if (rows := _table_rows(given)) is not None:
        return Inputs(rows)
    if isinstance(given, Iterator):
        return Inputs(given, lazy=True)
    # as_review raises the error for anything else.
    return Inputs(list(given)) if isinstance(given, Iterable) else Inputs([given], single=True)


def _table_rows(given: Any) -> list[object] | None:
    """The rows of a table, or the values of an Arrow column; None for anything else.

    Tables are recognized by their methods, because importing pandas or polars would slow down all other inputs.
    """
    if hasattr(given, "to_pylist"):
        columns, rows = getattr(given, "column_names", None), given.to_pylist
    elif hasattr(given, "to_dicts"):
        columns, rows = given.columns, given.to_dicts
    elif hasattr(given, "to_dict") and hasattr(given, "columns"):
        columns, rows = list(given.columns), lambda: given.to_dict("records")
    else:
        return None
    if columns is not None and not any(key in columns for key in TEXT_KEYS):
        raise SentimentError(
            f"The table has no column 'text' (or 'content'); it has {', '.join(map(str, columns))}: rename one, or "
            "give the column itself."
        )
    repeated = next((name for name in ("title", *TEXT_KEYS) if columns and list(columns).count(name) > 1), None)
    if repeated is not None:
        raise SentimentError(f"The table has more than one column {repeated!r}: rename them.")
    # pandas stores an empty cell as NaN, the only value that is not equal to itself.
    return [_without_nan(row) if isinstance(row, dict) else row for row in rows()]


def _without_nan(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and value != value else value for name, value in row.items()}

"""Tell the rows of a Parquet file that cannot be used: bytes that are no text, and cells that are too long."""

from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from hf_sentiment.reviews.row_files.lines import LONGEST_LINE, SHOWN
from hf_sentiment.reviews.row_files.row_file import Reject

Column: TypeAlias = "pa.ChunkedArray[Any]"
LONG = f"has more than {LONGEST_LINE:,} bytes"


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is text or bytes, of which a cell may have any length."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(
        check(plain)
        for check in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_binary_view,
        )
    )


def text_bytes(rows: pa.RecordBatch | pa.Table) -> int:
    """Bytes of the text in rows, each value counted as often as it stands there, also where it is in memory once."""
    return sum(pc.sum(_lengths(column)).as_py() or 0 for column in rows.columns if is_text(column.type))


def split_good(table: pa.Table, first: int) -> tuple[pa.Table, list[Reject]]:
    """The rows of a table that can be used, and the others.

    Args:
        table: consecutive rows of a file.
        first: the number of the first one, from 1.
    """
    too_long = {
        place: f"Column {name!r} {LONG}."
        for name, column in zip(table.column_names, table.columns, strict=True)
        if is_text(column.type) and (pc.max(_lengths(column)).as_py() or 0) > LONGEST_LINE
        for place, size in enumerate(_lengths(column).to_pylist())
        if (size or 0) > LONGEST_LINE
    }
    damaged = {} if _is_valid(table) else _damaged(table)
    reasons = too_long | damaged
    if not reasons:
        return table, []
    rejects = [Reject(first + place, reasons[place], _content(table.slice(place, 1))) for place in sorted(reasons)]
    kept = [place for place in range(len(table)) if place not in reasons]
    return table.take(pa.array(kept, pa.int64())), rejects


def _is_valid(table: pa.Table) -> bool:
    # Arrow reads text without looking at it.
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _damaged(table: pa.Table) -> dict[int, str]:
    found = {}
    for place in range(len(table)):
        # Copied, because a slice brings the dictionary and the lists of other rows, which they may have damaged.
        row = table.take(pa.array([place]))
        plain = {name: pa.Table.from_arrays([_plain(row.column(name))], [name]) for name in row.column_names}
        wrong = next((name for name, cell in plain.items() if not _is_valid(cell)), None)
        if wrong is not None:
            found[place] = f"Column {wrong!r} is not UTF-8."
    return found


def _content(row: pa.Table) -> dict[str, object]:
    """The cells of a row, as well as they can be shown."""
    return {name: _shown(row.column(name)) for name in row.column_names}


def _shown(column: Column) -> object:
    try:
        (value,) = column.to_pylist()
    except UnicodeDecodeError:
        if not is_text(column.type):
            return None
        value = _plain(column).cast(pa.large_binary()).to_pylist()[0] or b""
        value = value.decode(errors="surrogateescape")
    return value[:SHOWN] if isinstance(value, str | bytes) and len(value) > LONGEST_LINE else value


def _lengths(column: Any) -> Any:
    """The bytes of each text; of one in a dictionary without a copy for each row."""
    if isinstance(column, pa.ChunkedArray):
        return pa.chunked_array([_lengths(chunk) for chunk in column.chunks], type=pa.int64())
    if pa.types.is_dictionary(column.type):
        return pc.take(_lengths(column.dictionary), column.indices)
    if pa.types.is_string_view(column.type) or pa.types.is_binary_view(column.type):
        column = column.cast(pa.large_binary())
    return pc.binary_length(column).cast(pa.int64())


def _plain(column: Column) -> Column:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column

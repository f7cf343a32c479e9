"""Join the part files of a run into one file of any format, with the memory of one part."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.reviews.row_files.formats import delimiter, file_kind
from hf_sentiment.scoring.formulas import without_formula
from hf_sentiment.scoring.values import cell, json_line

# What pyarrow raises for values of several types.
MIXED = (pa.ArrowException, OverflowError)


def join(
    parts: list[Path],
    target: Path,
    file: BinaryIO,
    columns: list[str],
    added: list[str],
    *,
    escape_formulas: bool = False,
) -> None:
    """Write the rows of all parts, in order.

    Args:
        parts: Parquet files of one schema, or JSON Lines files.
        target: the output's name, whose suffix decides the format.
        file: the file to write to, open.
        columns: columns of the output; needed for an output without rows. JSON Lines parts may have more.
        added: the last of these columns: the first holds text, the others numbers.
        escape_formulas: see `without_formula`; for CSV and TSV.
    """
    kind = file_kind(target, str(target))
    typed = parts[0].suffix == ".parquet"
    if kind == "json":
        for part in parts:
            if typed:
                file.writelines(map(json_line, _rows(part)))
            else:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file)
    elif kind == "csv":
        names = columns if typed else _all_columns(parts, columns, added)
        rows = (row for part in parts for row in _rows(part))
        _write_csv(rows, names, delimiter(target), without_formula if escape_formulas else str, file)
    else:
        tables = map(_table, parts) if typed else _typed(parts, columns, added)
        _write_parquet(tables, file)


def _rows(part: Path) -> Iterator[dict[str, Any]]:
    if part.suffix == ".parquet":
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(batch_size=1024):
                yield from batch.to_pylist()
        return
    with part.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


def _table(part: Path) -> pa.Table:
    # pq.read_table would turn a folder named like "year=2024" into a column.
    with pq.ParquetFile(part) as file:
        return file.read()


def _all_columns(parts: list[Path], columns: list[str], added: list[str]) -> list[str]:
    """All columns of the parts: rows of JSON Lines may have new columns late in the file."""
    names = dict.fromkeys(columns)
    for part in parts:
        for row in _rows(part):
            names.update(dict.fromkeys(row))
    return [name for name in names if name not in added] + added


def _write_csv(
    rows: Iterable[dict[str, Any]], names: list[str], between: str, written: Callable[[str], str], file: BinaryIO
) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    # Lines end with "\r\n", as in RFC 4180: with "\n", Python 3.11 does not quote a cell that contains "\r".
    writer = csv.writer(text, delimiter=between)
    writer.writerow(map(written, names))
    writer.writerows([written(cell(row.get(name))) for name in names] for row in rows)
    text.detach()


def _write_parquet(tables: Iterable[pa.Table], file: BinaryIO) -> None:
    tables = iter(tables)
    # Every run has a part, even if all its rows were rejected.
    first = next(tables)
    with pq.ParquetWriter(file, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table)


def _typed(parts: list[Path], columns: list[str], added: list[str]) -> Iterator[pa.Table]:
    """The parts as tables of one schema; all parts are read once to find it.

    A column with values of several types, or of a type that Parquet cannot hold, becomes text: text stays as it is,
    other values become JSON.
    """
    names = _all_columns(parts, columns, added)
    types: dict[str, pa.DataType] = dict.fromkeys(names, pa.null())
    mixed: set[str] = set()
    for part in parts:
        rows = list(_rows(part))
        for name in names:
            try:
                seen = pa.array([row.get(name) for row in rows]).type if name not in mixed else pa.null()
                types[name] = _common(types[name], seen)
            except MIXED:
                mixed.add(name)
    for name in names:
        if name in mixed or pa.types.is_null(types[name]) or not _storable(types[name]):
            mixed.add(name)
            types[name] = pa.string()
    for name in added[1:]:
        types[name] = pa.float64()
    schema = pa.schema(list(types.items()))
    for part in parts:
        rows = list(_rows(part))
        arrays = [
            pa.array([_text(row.get(name)) if name in mixed else row.get(name) for row in rows], type=types[name])
            for name in names
        ]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    schemas = [pa.schema([("value", kind)]) for kind in (one, other)]
    return pa.unify_schemas(schemas, promote_options="permissive").field(0).type


def _storable(kind: pa.DataType) -> bool:
    """Whether Parquet can hold the type; pyarrow answers only by trying, and raises for a struct without fields."""
    try:
        pq.write_table(pa.schema([("value", kind)]).empty_table(), pa.BufferOutputStream())
    except pa.ArrowNotImplementedError:
        return False
    return True


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)

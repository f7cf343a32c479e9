"""Tables for a person to fill in or to correct: some rows of a file as they are, and columns before them."""

import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.files.whole_file import whole_file
from hf_sentiment.reviews.row_files.row_file import Chunk
from hf_sentiment.scoring.chunk_scorer import Rows, input_names
from hf_sentiment.scoring.join_parts import join
from hf_sentiment.scoring.score_file import check_output
from hf_sentiment.scoring.values import json_line

# Characters of a text that a line in the terminal shows.
SHOWN = 80


def check_table(target: str | Path, *, overwrite: bool, escape_formulas: bool) -> None:
    """Check that a table can be written, before any work.

    Args:
        target: the output.
        overwrite: whether to replace a file of this name.
        escape_formulas: as in `hf_sentiment.scoring.score_file.score_file`.

    Raises:
        SentimentError: it cannot, or the file exists and `overwrite` is not set.
    """
    target = Path(target)
    check_output(target, escape_formulas=escape_formulas)
    if target.exists() and not overwrite:
        raise SentimentError(f"{target} exists: give another --output, or replace it with --overwrite.")


def pick_rows(chunks: Iterable[Chunk], numbers: Sequence[int]) -> Rows:
    """Some rows of a file.

    Args:
        chunks: of the file.
        numbers: the numbers of the rows, each once; the result has their order.
    """
    place = {number: index for index, number in enumerate(numbers)}
    found: list[Rows] = []
    order: list[int] = []
    for chunk in chunks:
        kept = [index for index, number in enumerate(chunk.numbers) if number in place]
        if not kept:
            continue
        rows = chunk.rows
        found.append([rows[index] for index in kept] if isinstance(rows, list) else rows.take(pa.array(kept)))
        order += [place[chunk.numbers[index]] for index in kept]
    positions = sorted(range(len(order)), key=order.__getitem__)
    tables = [rows for rows in found if isinstance(rows, pa.Table)]
    if len(tables) == len(found) and len({table.schema for table in tables}) == 1:
        return pa.concat_tables(tables).take(pa.array(positions))
    # Files of different kinds, or of different columns.
    listed = list(chain.from_iterable(rows.to_pylist() if isinstance(rows, pa.Table) else rows for rows in found))
    return [listed[position] for position in positions]


def write_table(
    target: str | Path, rows: Rows, columns: list[str], added: dict[str, list[Any]], *, escape_formulas: bool = False
) -> None:
    """Write rows with columns before their own.

    Args:
        target: CSV, TSV, JSON Lines or Parquet, by its suffix; a file of this name is replaced.
        rows: as `pick_rows` returns them.
        columns: names of their columns; one that is added too becomes "input_label" and so on.
        added: the columns to add: the value for each row. A column of None has text to come.
        escape_formulas: as in `hf_sentiment.scoring.score_file.score_file`.

    Raises:
        SentimentError: the file cannot be written.
    """
    target, names = Path(target), input_names(columns, list(added))
    with tempfile.TemporaryDirectory() as folder, system_errors_explained(target):
        part = Path(folder) / f"part.{'jsonl' if isinstance(rows, list) else 'parquet'}"
        if isinstance(rows, list):
            with part.open("wb") as file:
                for values, row in zip(zip(*added.values(), strict=True), rows, strict=True):
                    own = {names.get(name, name): value for name, value in row.items()}
                    file.write(json_line(dict(zip(added, values, strict=True)) | own))
        else:
            pq.write_table(_with_columns(rows, names, added), part)
        with whole_file(target) as file:
            join([part], target, file, [*added, *names.values()], [], escape_formulas=escape_formulas)


def _with_columns(rows: pa.Table, names: dict[str, str], added: dict[str, list[Any]]) -> pa.Table:
    table = rows.rename_columns([names[name] for name in rows.column_names])
    for place, (name, values) in enumerate(added.items()):
        array = pa.array(values)
        table = table.add_column(place, name, array.cast(pa.string()) if pa.types.is_null(array.type) else array)
    # What pandas and `datasets` note there is about the columns as they were.
    return table.replace_schema_metadata(None)


def shown(text: str) -> str:
    """The beginning of a text, for a line in the terminal."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."

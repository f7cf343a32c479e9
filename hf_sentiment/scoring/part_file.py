"""Write scored rows and rejects: the files that runs over one file and over a folder have in common."""

from typing import Any, BinaryIO, Self

import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.reviews.row_files.row_file import Reject
from hf_sentiment.scoring.values import json_line


class PartWriter:
    """Writes chunks of scored rows of one file: as Parquet if they are tables, else as JSON Lines.

    Args:
        file: the file to write to, open.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._parquet: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._parquet is not None:
            self._parquet.close()

    def write(self, rows: list[dict[str, Any]] | pa.Table) -> None:
        """Append the rows of a chunk; the tables of one file have one schema."""
        if isinstance(rows, list):
            self._file.writelines(map(json_line, rows))
            return
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(self._file, rows.schema)
        self._parquet.write_table(rows)


def write_rejects(rejects: list[Reject], file: BinaryIO) -> None:
    """Append rejects as JSON Lines: {"row": the number in the file from 1, "reason", "input"}."""
    for reject in rejects:
        file.write(json_line({"row": reject.number, "reason": reject.reason, "input": reject.row}))


def part_suffix(typed: bool) -> str:
    """The suffix of the scored rows of a file whose columns have types, or have none."""
    return ".parquet" if typed else ".jsonl"

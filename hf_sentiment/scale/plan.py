"""Plan: all units of a run as one table, made once and the same for the same files."""

import io
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.open_rows import count_rows, open_rows
from hf_sentiment.scale.place import FileState, Place
from hf_sentiment.scale.unit import Unit

# A file of this many bytes is one unit without being opened: some 15,000 reviews, a minute of work.
SMALL_BYTES = 8 << 20
# Rows of a unit of a larger file: the choice of the simulation in docs/cost.md, a minute of one core.
UNIT_ROWS = 5_000
# In the table, for "all that follow".
UNCOUNTED = -1


@dataclass(frozen=True)
class Plan:
    """The units of a run.

    Attributes:
        files: name and state of each input file, as columns: file, size, modified.
        place: index of each unit's file, int64 of shape (units,).
        start: number of rows before each unit in its file, int64 of shape (units,).
        rows: number of rows of each unit, int64 of shape (units,); -1 for all that follow.
    """

    files: pa.Table
    place: NDArray[np.int64]
    start: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.place)

    def unit(self, index: int) -> Unit:
        """The unit at a position."""
        place, rows = int(self.place[index]), int(self.rows[index])
        file, size, modified = (self.files.column(name)[place].as_py() for name in ("file", "size", "modified"))
        known = None if rows == UNCOUNTED else rows
        return Unit(index, file, FileState(size, modified), int(self.start[index]), known)

    def inputs(self) -> dict[str, FileState]:
        """The state of each input file when the plan was made."""
        columns = (self.files.column(name).to_pylist() for name in ("file", "size", "modified"))
        return {file: FileState(size, modified) for file, size, modified in zip(*columns, strict=True)}

    def to_bytes(self) -> bytes:
        """The plan as a Parquet file: one row per unit."""
        files = self.files.take(self.place)
        table = files.append_column("start", pa.array(self.start)).append_column("rows", pa.array(self.rows))
        buffer = io.BytesIO()
        pq.write_table(table, buffer)
        return buffer.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> "Plan":
        """Read what `to_bytes` wrote."""
        table = pq.read_table(io.BytesIO(content))
        names = table.column("file").combine_chunks()
        # The units of a file are consecutive.
        first = np.flatnonzero(_begins(names))
        place = np.zeros(len(table), np.int64)
        place[first[1:]] = 1
        files = table.select(["file", "size", "modified"]).take(first).combine_chunks()
        start, rows = (table.column(name).to_numpy() for name in ("start", "rows"))
        return Plan(files, np.cumsum(place), start, rows)


def make_plan(
    source: Place, files: Mapping[str, FileState], *, header: bool = True, unit_rows: int = UNIT_ROWS
) -> Plan:
    """Divide files into units: a small file is one, a larger one has a unit for each `unit_rows` rows.

    Rows of a large text file are counted by reading it once, those of a Parquet file by its footer. A file that cannot
    be read is one unit, whose worker will say what is wrong with it.

    Args:
        source: the input folder.
        files: the state of each file, by its name in the folder.
        header: see `open_rows`.
        unit_rows: number of rows of a unit.
    """
    place, start, rows = array("q"), array("q"), array("q")
    count = partial(_count, source, header=header)
    for index, (name, state) in enumerate(files.items()):
        total = None if state.size <= SMALL_BYTES else count(name)
        begins = range(0, total or 1, unit_rows)
        place.extend(index for _ in begins)
        start.extend(begins)
        rows.extend(UNCOUNTED if total is None else min(unit_rows, total - begin) for begin in begins)
    table = pa.table(
        {
            "file": list(files),
            "size": pa.array([state.size for state in files.values()], pa.int64()),
            "modified": pa.array([state.modified for state in files.values()], pa.int64()),
        }
    )
    return Plan(table, *(np.array(column, np.int64) for column in (place, start, rows)))


def changes(plan: Plan, now: Mapping[str, FileState], limit: int = 3) -> Iterator[str]:
    """How the input files differ from those of a plan, as parts of a sentence."""
    before = plan.inputs()
    found = 0
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            found += 1
            if found <= limit:
                how = "is new" if name not in before else "is gone" if name not in now else "was written again"
                yield f"{name} {how}"
    if found > limit:
        yield f"{found - limit:,} more files differ"


def _begins(names: pa.Array) -> NDArray[np.bool_]:
    """Whether each name differs from the one before it."""
    encoded = names.dictionary_encode().indices.to_numpy()
    begins = np.ones(len(encoded), bool)
    begins[1:] = encoded[1:] != encoded[:-1]
    return begins


def _count(source: Place, name: str, *, header: bool) -> int | None:
    """Number of rows of a file; None if it cannot be read."""
    try:
        if name.lower().endswith(".parquet"):
            with source.filesystem.open_input_file(source.path(name)) as file:
                return pq.ParquetFile(file).metadata.num_rows
        with source.local_copy(name) as path:
            return count_rows(open_rows(path, name, header=header))
    except (SentimentError, OSError, pa.ArrowException):
        return None

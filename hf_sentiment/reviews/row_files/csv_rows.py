"""Read a file of reviews in chunks: CSV, TSV, JSON Lines or Parquet, with the memory of one chunk.

CSV goes through Python's own reader and not through pyarrow's: that one ends the whole run at a byte that is not UTF-8
or a quote that is never closed, and here such a row is set aside by its number. Cells stay the text that they are, as
no type is certain before the last row.
"""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.sources import FORMATS

# How many lines of a JSON Lines file are read for the names of its columns.
PEEK = 1000
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


class Reject(NamedTuple):
    """A row that cannot be scored: its number, from 1, the reason, and what stands in it."""

    number: int
    reason: str
    row: object


class Chunk(NamedTuple):
    """Consecutive rows of a file.

    Attributes:
        count: how many rows of the file it covers, good and bad.
        numbers: of the good rows, each its place in the file, from 1.
        rows: the good rows, as dictionaries or, of a Parquet file, as a table.
        bad: the others.
    """

    count: int
    numbers: list[int]
    rows: list[dict] | pa.Table
    bad: list[Reject]


def open_rows(path: str | Path) -> "CsvFile | JsonLinesFile | ParquetFile":
    """The reader for a file, by its suffix.

    Args:
        path: a CSV, TSV, JSON Lines or Parquet file.

    Returns:
        A reader with the attributes `columns` (names), `total` (rows, None where only reading would tell) and `typed`
        (whether its chunks hold tables), and the method `chunks`.

    Raises:
        SentimentError: there is no such file, it holds no rows, or it is not of its format.
    """
    path = Path(path)
    if not path.is_file():
        raise SentimentError(f"There is no file {path}; check the path.")
    kind = file_kind(path)
    try:
        if not path.stat().st_size:
            raise SentimentError(f"{path} is empty.")
        if kind == "parquet":
            return ParquetFile(path)
        with path.open("rb") as file:
            if file.read(2) in WIDE_BOMS:
                raise SentimentError(f"{path} is UTF-16: save it as UTF-8.")
        return CsvFile(path) if kind == "csv" else JsonLinesFile(path)
    except OSError as error:
        raise SentimentError(f"{path} cannot be read: {error.strerror or first_line(error)}") from error


def file_kind(path: Path) -> str:
    """One of "csv", "json" and "parquet".

    Raises:
        SentimentError: the suffix is none that is known.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise SentimentError(f"{path} is none of {', '.join(FORMATS)}; rename or convert it.")
    return kind


def delimiter(path: Path) -> str:
    """What stands between the cells of a CSV or TSV file."""
    return "\t" if path.suffix.lower() == ".tsv" else ","


class _TextFile(ABC):
    """What CSV and JSON Lines share: no row count beforehand, rows one at a time."""

    total = None
    typed = False

    def __init__(self, path: Path):
        self.path = path

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Chunks of `size` rows, the last one perhaps smaller."""
        rows = self._rows()
        first = 1
        while group := list(islice(rows, size)):
            good = [(first + i, row) for i, (row, reason) in enumerate(group) if reason is None]
            bad = [Reject(first + i, reason, row) for i, (row, reason) in enumerate(group) if reason is not None]
            yield Chunk(len(group), [number for number, _ in good], [row for _, row in good], bad)
            first += len(group)

    @abstractmethod
    def _rows(self) -> Iterator[tuple[object, str | None]]:
        """Each row with the reason why it cannot be used, None for a good one."""


class CsvFile(_TextFile):
    """A CSV or TSV file with a header; blank lines are no rows."""

    def __init__(self, path: Path):
        super().__init__(path)
        rows = self._cells()
        header, _, reason = next(rows, ([], "", None))
        if reason is not None or not is_text("".join(header)):
            raise SentimentError(f"The header of {path} cannot be read: save the file as UTF-8 CSV.")
        self.columns = header
        refuse_repeats(path, self.columns)
        if next(rows, None) is None:
            raise SentimentError(f"{path} holds no rows.")

    def _rows(self):
        rows = self._cells()
        next(rows)
        for cells, raw, reason in rows:
            if reason is None and len(cells) != len(self.columns):
                reason = f"The row has {len(cells)} cells, and the header {len(self.columns)}."
            if reason is None and not is_text(raw):
                reason = "The row is not UTF-8."
            # Cells that belong to no column are told by the row as it stands in the file.
            yield (raw.rstrip("\r\n"), reason) if reason else (dict(zip(self.columns, cells, strict=True)), None)

    def _cells(self) -> Iterator[tuple[list[str], str, str | None]]:
        """Each row's cells, its text in the file, and the reason why it cannot be read."""
        # What is not UTF-8 becomes a lone surrogate, and costs its own row alone.
        with self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            lines = _Lines(file)
            reader = csv.reader(lines, delimiter=delimiter(self.path))
            while True:
                lines.taken.clear()
                reason = None
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    # A cell longer than the csv module's limit: nearly always a quote that is never closed.
                    cells, reason = [], f"The row cannot be read: {first_line(error)}."
                raw = "".join(lines.taken)
                if cells is None:
                    return
                # The reader asks for a line beyond the last one only from within quotes.
                if reason is None and lines.ended:
                    cells, reason = [], "A quote is opened and never closed."
                if reason is not None:
                    # The first line is the one at fault; those after it are read again, as rows of their own.
                    raw = lines.give_back_all_but_one()
                    reader = csv.reader(lines, delimiter=delimiter(self.path))
                if cells or reason is not None:
                    yield cells, raw, reason


class _Lines:
    """The lines of a file for the csv reader; remembers those of the present row and can take them back."""

    def __init__(self, file):
        self.file, self.taken, self.again, self.ended = file, [], [], False

    def __iter__(self):
        return self

    def __next__(self) -> str:
        line = self.again.pop() if self.again else next(self.file, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.taken.append(line)
        return line

    def give_back_all_but_one(self) -> str:
        self.again += reversed(self.taken[1:])
        self.ended = False
        return self.taken[0]


class JsonLinesFile(_TextFile):
    """One JSON object per line; blank lines are no rows, and not every row need have every key."""

    def __init__(self, path: Path):
        super().__init__(path)
        with path.open("rb") as file:
            # A JSON array may be one line of any length.
            if file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
                raise SentimentError(f"{path} is a JSON array: write one object per line (jq -c '.[]' does it).")
        start = list(islice(self._rows(), PEEK))
        if not start:
            raise SentimentError(f"{path} holds no rows.")
        self.columns = list(dict.fromkeys(key for row, reason in start if reason is None for key in row))
        if not self.columns:
            raise SentimentError(f"None of the first {len(start)} lines of {path} is a JSON object: {start[0][1]}")

    def _rows(self):
        with self.path.open("rb") as file:
            for index, line in enumerate(file):
                line = line.removeprefix(b"\xef\xbb\xbf") if index == 0 else line
                if line.strip():
                    yield _parse(line.decode("utf-8", errors="surrogateescape").strip())


def _parse(line: str) -> tuple[object, str | None]:
    if not is_text(line):
        return line, "The line is not UTF-8."
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return line, f"The line is not JSON: {first_line(error)}."
    if not isinstance(row, dict):
        return line, "The line is JSON, but not an object."
    # JSON can spell half a character ("\ud83d"), which no file can hold.
    if "\\ud" in line.lower() and not is_text(json.dumps(row, ensure_ascii=False)):
        return line, "The line holds half a character (a lone surrogate)."
    return row, None


class ParquetFile:
    """A Parquet file; its columns keep their types."""

    typed = True

    def __init__(self, path: Path):
        self.path = path
        try:
            with pq.ParquetFile(path) as file:
                self.schema, self.total = file.schema_arrow, file.metadata.num_rows
        except (OSError, pa.ArrowException) as error:
            raise SentimentError(f"{path} cannot be read: {first_line(error)}") from error
        self.columns = self.schema.names
        refuse_repeats(path, self.columns)
        if not self.total:
            raise SentimentError(f"{path} holds no rows.")

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Chunks of at most `size` rows, the same ones each time."""
        first = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=size):
                    table = pa.Table.from_batches([batch])
                    yield Chunk(len(table), list(range(first, first + len(table))), table, [])
                    first += len(table)
        except (OSError, pa.ArrowException) as error:
            raise SentimentError(f"{self.path} cannot be read from row {first} on: {first_line(error)}") from error


def is_text(value: str) -> bool:
    """Whether it can be written as UTF-8, which half a character or a byte of another encoding cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def refuse_repeats(path: Path, columns: list[str]) -> None:
    """Two columns of one name cannot be told apart.

    Raises:
        SentimentError: there are two.
    """
    repeated = next((name for name in columns if columns.count(name) > 1), None)
    if repeated is not None:
        raise SentimentError(f"{path} has more than one column {repeated!r}: rename them.")

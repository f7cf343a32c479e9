"""RowFile: what the readers of all formats have in common."""

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pyarrow as pa

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import not_text
from hf_sentiment.reviews.row_files.compression import open_bytes
from hf_sentiment.reviews.row_files.encodings import UTF8, find_encoding
from hf_sentiment.reviews.row_files.input_state import InputState, input_state

# Number of rows that tell whether a column holds numbers alone.
PEEK = 1000
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?")
# A row and None, or what the file holds in its place and the reason why it cannot be used.
TextRow = tuple[Any, str | None]


class Reject(NamedTuple):
    """A row that cannot be scored.

    Attributes:
        number: its position in the file, from 1.
        reason: why it cannot be scored, as a sentence.
        row: its content: the cells, or the line as it is in the file.
    """

    number: int
    reason: str
    row: object


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of a file.

    Attributes:
        rows_read: number of rows of the file that the chunk covers, good rows and rejects.
        numbers: position of each good row in the file, from 1.
        rows: the good rows: dictionaries, or a table.
        rejects: the other rows.
    """

    rows_read: int
    numbers: Sequence[int]
    rows: list[dict[str, Any]] | pa.Table
    rejects: list[Reject]


def chunks_between(chunks: Iterator[Chunk], before: int, start: int, stop: int | None = None) -> Iterator[Chunk]:
    """The chunks of some rows of a file; those at both ends are cut.

    Args:
        chunks: consecutive chunks.
        before: number of rows of the file before the first chunk.
        start: the first row, from 0.
        stop: the row after the last one; None for the end of the file.
    """
    for chunk in chunks:
        if stop is not None and before >= stop:
            return
        after = before + chunk.rows_read
        first, last = max(start, before), after if stop is None else min(stop, after)
        if (first, last) == (before, after):
            yield chunk
        elif first < last:
            yield _cut(chunk, first, last)
        before = after


def _cut(chunk: Chunk, first: int, last: int) -> Chunk:
    """The rows of a chunk from number `first` + 1 to `last`."""
    low, high = bisect_right(chunk.numbers, first), bisect_right(chunk.numbers, last)
    rows = chunk.rows[low:high] if isinstance(chunk.rows, list) else chunk.rows.slice(low, high - low)
    rejects = [reject for reject in chunk.rejects if first < reject.number <= last]
    return Chunk(last - first, chunk.numbers[low:high], rows, rejects)


class RowFile(ABC):
    """A file of rows, read in chunks.

    Attributes:
        path: the file.
        name: what messages call it.
        columns: names of its columns.
        total: number of rows; None if only reading the whole file would tell.
        typed: whether the columns have types, and chunks hold tables.
        schema: the types of the columns of a typed file, if they are known.
        notes: sentences about how the file is read that its user should see.
        hint: a sentence for somebody who misses a column; empty if there is nothing to say.
        state: of the file when it was opened; None if there is no file.
    """

    typed = False
    state: InputState | None = None

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.state = input_state(path)
        self.columns: list[str] = []
        self.total: int | None = None
        self.schema: pa.Schema | None = None
        self.notes: list[str] = []
        self.hint = ""

    @abstractmethod
    def chunks(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
        """The whole file in chunks. Every call gives the same chunks.

        Args:
            size: number of rows of each chunk; the last one may be smaller.
            columns: the columns that are needed. The rows may have others too, or come as a table, and chunks may have
                another size, where that is faster. All by default.

        Raises:
            SentimentError: the file is damaged.
        """

    def chunks_from(self, start: int, size: int) -> Iterator[Chunk]:
        """The rows after the first `start` ones, with all columns. Every such call gives the same chunks.

        Args:
            start: number of rows to leave out.
            size: number of rows of each chunk, or fewer.

        Raises:
            SentimentError: the file is damaged.
        """
        return chunks_between(self.chunks(size), 0, start)

    def require_unchanged(self, cure: str = "read a copy that nobody writes to") -> None:
        """Check that the file is as it was when it was opened, so that all its rows are of one state.

        Args:
            cure: what to do.

        Raises:
            SentimentError: it changed; the message says how.
        """
        changes = "" if self.state is None else self.state.changes_to(input_state(self.path))
        if changes:
            raise SentimentError(f"{self.name} changed while it was read ({changes}): {cure}.")

    def type_of(self, column: str) -> str | None:
        """The type of a column that cannot hold text, for a message; None for a column of text."""
        if self.schema is None:
            return None
        kind = self.schema.field(column).type
        values = kind.value_type if pa.types.is_dictionary(kind) else kind
        text = pa.types.is_string(values) or pa.types.is_large_string(values) or pa.types.is_string_view(values)
        return None if text else str(values)

    @property
    def text_columns(self) -> list[str]:
        """The columns that can hold text."""
        return [column for column in self.columns if self.type_of(column) is None]

    def require_text(self, column: str) -> None:
        """Check that a column can hold text, and that its first cells are not all numbers.

        Raises:
            SentimentError: it cannot, or they are.
        """
        kind = self.type_of(column)
        if kind is not None:
            raise not_text(column, f"{kind} values", self.name)
        number = self._if_all_numbers(column)
        if number is not None:
            raise not_text(column, f"numbers such as {number}", self.name)

    def cure(self, role: str) -> str:
        """What to do where the file has no column for a role, as a sentence; empty if its kind of file says nothing."""
        return self.hint

    def _if_all_numbers(self, column: str) -> str | None:
        """The first cell of a column, if all of its first cells are numbers or empty; else None."""
        chunk = next(iter(self.chunks(PEEK, [column])), None)
        if chunk is None:
            return None
        rows = chunk.rows[:PEEK]
        cells = [row.get(column) for row in rows] if isinstance(rows, list) else rows[column].to_pylist()
        texts = [text for cell in cells if cell is not None and cell == cell and (text := str(cell).strip())]
        return texts[0] if texts and all(map(NUMBER.fullmatch, texts)) else None


class TextRowFile(RowFile):
    """A file whose rows are text: each row is good or has a reason why it is not.

    Attributes:
        encoding: its encoding.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        with open_bytes(path) as file:
            self.encoding = find_encoding(file, name)
        if self.encoding.why:
            self.notes.append(f"{name}: read as {self.encoding.title}, because {self.encoding.why}.")

    def chunks(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
        """As in RowFile."""
        return grouped(self._rows(), size)

    def open_text(self, newline: str, start: int = 0) -> TextIO:
        """Open the file; `newline` as in `open`, `start` is the position of the first byte to read."""
        # A byte outside the encoding becomes a lone surrogate, so that only its own row is rejected.
        errors = "strict" if self.encoding.whole else "surrogateescape"
        file = open_bytes(self.path)
        file.seek(start or self.encoding.start)
        # Only the marks that a file begins with are byte order marks; a later one is part of its row.
        codec = "utf-8" if start and self.encoding.codec == UTF8 else self.encoding.codec
        return TextIOWrapper(file, codec, errors, newline)

    def is_damaged(self, text: str) -> bool:
        """Whether a text of the file holds bytes outside its encoding."""
        return not self.encoding.whole and not is_utf8(text)

    @abstractmethod
    def _rows(self) -> Iterator[TextRow]:
        """Each row, with None or the reason why it cannot be used."""


def grouped(rows: Iterator[TextRow], size: int, first: int = 1) -> Iterator[Chunk]:
    """Rows in chunks of `size`; `first` is the number of the first row."""
    while group := list(islice(rows, size)):
        contents, reasons = zip(*group, strict=True)
        numbers = range(first, first + len(group))
        first += len(group)
        # Most groups have no reject, and this is done for every row of a file.
        if not any(reasons):
            yield Chunk(len(group), numbers, list(contents), [])
            continue
        numbered = list(zip(numbers, contents, reasons, strict=True))
        good = [(number, row) for number, row, reason in numbered if reason is None]
        rejects = [Reject(number, reason, row) for number, row, reason in numbered if reason is not None]
        yield Chunk(len(group), [number for number, _ in good], [row for _, row in good], rejects)


def is_utf8(text: str) -> bool:
    """Whether a string can be written as UTF-8; one with lone surrogates, from bytes that are not UTF-8, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

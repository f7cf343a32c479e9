"""RowFile: what the readers of all formats have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pyarrow as pa

from hf_sentiment.reviews.columns import not_text
from hf_sentiment.reviews.row_files.compression import open_bytes
from hf_sentiment.reviews.row_files.encodings import find_encoding

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
        rows: the good rows: dictionaries, or a table for a typed file.
        rejects: the other rows.
    """

    rows_read: int
    numbers: list[int]
    rows: list[dict[str, Any]] | pa.Table
    rejects: list[Reject]


class RowFile(ABC):
    """A file of rows, read in chunks.

    Attributes:
        path: the file.
        name: what messages call it.
        columns: names of its columns.
        total: number of rows; None if only reading the whole file would tell.
        typed: whether the columns have types, and chunks hold tables.
        notes: sentences about how the file is read that its user should see.
    """

    typed = False

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.columns: list[str] = []
        self.total: int | None = None
        self.notes: list[str] = []

    @abstractmethod
    def chunks(self, size: int) -> Iterator[Chunk]:
        """The whole file in chunks of `size` rows; the last one may be smaller. Every call gives the same chunks.

        Raises:
            SentimentError: the file is damaged.
        """

    def type_of(self, column: str) -> str | None:
        """The type of a column that cannot hold text, for a message; None for a column of text."""
        return None

    @property
    def text_columns(self) -> list[str]:
        """The columns that can hold text."""
        return [column for column in self.columns if self.type_of(column) is None]

    def require_text(self, column: str) -> None:
        """Check that a column can hold text.

        Raises:
            SentimentError: it cannot.
        """
        kind = self.type_of(column)
        if kind is not None:
            raise not_text(column, f"{kind} values", self.name)


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

    def chunks(self, size: int) -> Iterator[Chunk]:
        """As in RowFile."""
        rows = self._rows()
        first = 1
        while group := list(islice(rows, size)):
            rejects = [Reject(first + i, reason, row) for i, (row, reason) in enumerate(group) if reason is not None]
            if rejects:
                numbers = [first + i for i, (_, reason) in enumerate(group) if reason is None]
            else:
                numbers = list(range(first, first + len(group)))
            yield Chunk(len(group), numbers, [row for row, reason in group if reason is None], rejects)
            first += len(group)

    def open_text(self, newline: str) -> TextIO:
        """Open the file; `newline` as in `open`."""
        # A byte outside the encoding becomes a lone surrogate, so that only its own row is rejected.
        errors = "strict" if self.encoding.whole else "surrogateescape"
        return TextIOWrapper(open_bytes(self.path), self.encoding.codec, errors, newline)

    def is_damaged(self, text: str) -> bool:
        """Whether a text of the file holds bytes outside its encoding."""
        return not self.encoding.whole and not is_utf8(text)

    @abstractmethod
    def _rows(self) -> Iterator[TextRow]:
        """Each row, with None or the reason why it cannot be used."""


def is_utf8(text: str) -> bool:
    """Whether a string can be written as UTF-8; one with lone surrogates, from bytes that are not UTF-8, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Read one sheet of an Excel file."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from hf_sentiment.errors import SentimentError, first_line, require
from hf_sentiment.reviews.labels import value_name
from hf_sentiment.reviews.row_files.csv_cells import without_empty_end
from hf_sentiment.reviews.row_files.formats import no_rows, refuse_repeated_columns
from hf_sentiment.reviews.row_files.headers import header_hint, names_of, no_header_cure, numbered, refuse_title
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile, TextRow, grouped, is_utf8

# Number of rows after the first one that tell whether it is a header.
PEEK = 20
# Largest content: a sheet has at most 1,048,576 rows, and openpyxl keeps its texts in memory.
LARGEST_BYTES = 2 << 30


class XlsxRows(RowFile):
    """One sheet of an Excel file. Cells become text: numbers as they are written, dates as ISO 8601.

    It is the first sheet with rows that is not hidden, else the first hidden one with rows.

    Args:
        path: the file.
        name: what messages call it.
        header: whether its first row has the names of the columns.
    """

    def __init__(self, path: Path, name: str, header: bool = True) -> None:
        super().__init__(path, name)
        require("openpyxl", "excel", f"Reading {name}")
        try:
            with zipfile.ZipFile(path) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile as error:
            raise SentimentError(f"{name} is no Excel file: {first_line(error)}.") from error
        if size > LARGEST_BYTES:
            raise SentimentError(f"{name} holds more than {LARGEST_BYTES >> 30} GiB: save it as CSV.")
        self.has_header = header
        rows, self._other_sheets = self._choose_sheet()
        first = without_empty_end(rows[0], 0) if rows else []
        if len(rows) < 1 + header:
            raise no_rows(name)
        self.columns = names_of(first, self.notes, name) if header else numbered(len(first))
        if header:
            following = [without_empty_end(row, 0) for row in rows[1:]]
            refuse_title(self.columns, following, name)
            self.hint = header_hint(first, following, f"The first row of {name}")
        refuse_repeated_columns(self.columns, name, self.hint)

    def cure(self, role: str) -> str:
        """As in RowFile."""
        return self.hint or self._other_sheets or (no_header_cure(role) if self.has_header else "")

    def chunks(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
        """As in RowFile."""
        return grouped(self._rows(), size)

    def _rows(self) -> Iterator[TextRow]:
        rows, width = self._cells(), len(self.columns)
        if self.has_header:
            next(rows)
        for cells in rows:
            if any(cells[width:]):
                yield cells, f"The row has cells beyond the {width} columns of the header."
            else:
                yield dict(zip(self.columns, cells + [""] * (width - len(cells)), strict=False)), None

    def _choose_sheet(self) -> tuple[list[list[str]], str]:
        """The first rows of the sheet to read, and a sentence about other sheets with rows; empty without one."""
        with self._open_sheets() as sheets:
            found = {sheet.title: list(islice(_cells(sheet), 1 + PEEK)) for sheet in sheets}
            hidden = {sheet.title for sheet in sheets if sheet.sheet_state != "visible"}
        order = sorted(found, key=lambda title: (len(found[title]) < 1 + self.has_header, title in hidden))
        self.sheet = order[0]
        others = [f"{title} (hidden)" if title in hidden else title for title in order[1:] if found[title]]
        if not others and self.sheet == next(iter(found)):
            return found[self.sheet], ""
        told = ""
        if others:
            told = f"Other sheets with rows are not read: {', '.join(others)}. To read one, save it as its own file."
        is_hidden = ", which is hidden" if self.sheet in hidden else ""
        self.notes.append(f"{self.name}: its sheet {self.sheet} is read{is_hidden}. {told}".rstrip())
        return found[self.sheet], told

    def _cells(self) -> Iterator[list[str]]:
        with self._open_sheets() as sheets:
            yield from _cells(next(sheet for sheet in sheets if sheet.title == self.sheet))

    @contextmanager
    def _open_sheets(self) -> Iterator[list[Any]]:
        """The sheets of the open file, in their order; an error of its reading is one sentence."""
        from openpyxl import load_workbook

        try:
            with closing(load_workbook(self.path, read_only=True, data_only=True)) as book:
                if not book.worksheets:
                    raise SentimentError(f"{self.name} cannot be read: it has no sheet of cells.")
                yield book.worksheets
        except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile, ParseError) as error:
            raise SentimentError(f"{self.name} cannot be read: {first_line(error)}") from error


def _cells(sheet: Any) -> Iterator[list[str]]:
    """The cells of each row of a sheet; rows without any do not count."""
    # Some programs write a wrong size, by which openpyxl would leave out rows and columns.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True):
        cells = [_text(value) for value in row]
        if any(cells):
            yield cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return _unescaped(value) if isinstance(value, str) else value_name(value)


def _unescaped(text: str) -> str:
    """A text without the escapes that Excel writes for control characters: a carriage return for _x000D_."""
    if "_x" not in text:
        return text
    from openpyxl.utils.escape import unescape

    found: str = unescape(text)
    # Half a character would cost the row.
    return found if is_utf8(found) else text

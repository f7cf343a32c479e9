"""Read the first sheet of an Excel file."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from xml.etree.ElementTree import ParseError

from hf_sentiment.errors import SentimentError, first_line, require
from hf_sentiment.reviews.labels import value_name
from hf_sentiment.reviews.row_files.formats import no_rows, refuse_repeated_columns
from hf_sentiment.reviews.row_files.headers import looks_like_data, numbered
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile, TextRow, grouped

# Largest content: a sheet has at most 1,048,576 rows, and openpyxl keeps its texts in memory.
LARGEST_BYTES = 2 << 30


class XlsxRows(RowFile):
    """The first sheet of an Excel file. Cells become text: numbers as they are written, dates as ISO 8601.

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
        rows = self._cells()
        first = next(rows, [])
        self.has_header = header
        while first and not first[-1]:
            first.pop()
        self.columns = first if header else numbered(len(first))
        if header and looks_like_data(first):
            self.hint = f"The first row of {name} looks like data, not like a header: if it is, give --no-header."
        refuse_repeated_columns(self.columns, name, self.hint)
        if not first or (header and next(rows, None) is None):
            raise no_rows(name)

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

    def _cells(self) -> Iterator[list[str]]:
        """The cells of each row; rows without any do not count."""
        from openpyxl import load_workbook

        try:
            with closing(load_workbook(self.path, read_only=True, data_only=True)) as book:
                sheet = book.worksheets[0]
                if len(book.sheetnames) > 1:
                    self.notes = [f"{self.name}: the first of its sheets is read, {sheet.title}."]
                # Some programs write a wrong size, by which openpyxl would leave out rows and columns.
                sheet.reset_dimensions()
                for row in sheet.iter_rows(values_only=True):
                    cells = [_text(value) for value in row]
                    if any(cells):
                        yield cells
        except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile, ParseError) as error:
            raise SentimentError(f"{self.name} cannot be read: {first_line(error)}") from error


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value if isinstance(value, str) else value_name(value)

"""Read a CSV or TSV file. Cells stay text, because no type is certain before the last row."""

import io
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO

import pyarrow as pa
from pyarrow import csv as pa_csv

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import open_bytes
from hf_sentiment.reviews.row_files.csv_blocks import Block, blocks_of
from hf_sentiment.reviews.row_files.csv_cells import CellReader, without_empty_end
from hf_sentiment.reviews.row_files.encodings import UTF8
from hf_sentiment.reviews.row_files.formats import delimiter, no_rows, refuse_repeated_columns
from hf_sentiment.reviews.row_files.headers import (
    header_hint,
    known_columns,
    names_of,
    no_header_cure,
    numbered,
    refuse_title,
)
from hf_sentiment.reviews.row_files.row_file import Chunk, TextRow, TextRowFile, grouped
from hf_sentiment.reviews.row_files.separators import SEPARATORS, find_separator, named_separator

# Number of rows whose shape decides whether a file is a known one without a header.
PEEK = 20


class CsvRows(TextRowFile):
    """A CSV or TSV file. Blank lines do not count.

    Args:
        path: the file.
        name: what messages call it.
        header: whether its first row has the names of the columns.
    """

    def __init__(self, path: Path, name: str, header: bool = True) -> None:
        super().__init__(path, name)
        with self.open_text("") as file:
            self.separator, self._above = named_separator(file)
        usual = delimiter(path)
        if not self.separator:
            with self.open_text("") as file:
                self.separator = find_separator(file, usual)
        if self.separator != usual:
            self.notes.append(f"{name}: the separator is {SEPARATORS.get(self.separator, repr(self.separator))}.")
        with self._at_header() as file:
            rows = list(islice(self._reader(file).rows(), 1 + PEEK))
        first, _, reason = rows[0] if rows else ([], "", None)
        if reason is not None or self.is_damaged("".join(first)):
            raise SentimentError(f"The header of {name} cannot be read: save the file as UTF-8 CSV.")
        known = known_columns([cells for cells, *_ in rows]) if header else None
        self.has_header = header and known is None
        self.columns = known or (names_of(_without_end(first), self.notes, name) if header else numbered(len(first)))
        if known:
            self.notes.append(f"{name}: it has no header; its columns were read as {', '.join(known)}.")
        elif header:
            following = [without_empty_end(cells, len(self.columns)) for cells, *_ in rows[1:]]
            refuse_title(self.columns, following, name)
            self.hint = header_hint(first[: len(self.columns)], following, f"The first line of {name}")
        refuse_repeated_columns(self.columns, name, self.hint)
        if len(rows) < 1 + self.has_header:
            raise no_rows(name)

    def chunks(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
        """As in RowFile."""
        if columns is None or not (self.encoding.codec == UTF8 and self.encoding.whole):
            yield from super().chunks(size)
            return
        first, line = 1, self._first_line
        with open_bytes(self.path) as file:
            file.seek(self.encoding.start)
            mark = len(BOM_UTF8) if file.read(len(BOM_UTF8)) == BOM_UTF8 else 0
            file.seek(self.encoding.start + mark + len(self._above.encode()))
            for block in blocks_of(file, self.separator, self._is_one_row):
                table = self._parse(block, columns, line == self._first_line) if block.regular else None
                if table is not None:
                    chunks = iter([Chunk(len(table), range(first, first + len(table)), table, [])])
                elif block.regular:
                    text = io.StringIO(block.data.decode(), newline="")
                    chunks = grouped(self._text_rows(text, line), size, first)
                else:
                    chunks = grouped(self._rows(block.start, line), size, first)
                for chunk in chunks:
                    if chunk.rows_read:
                        yield chunk
                    first += chunk.rows_read
                line += block.lines

    def cure(self, role: str) -> str:
        """As in RowFile."""
        return self.hint or (no_header_cure(role) if self.has_header else "")

    def _parse(self, block: Block, columns: Sequence[str], is_first: bool) -> pa.Table | None:
        """The rows of a regular block by pyarrow; None if one has another number of cells."""
        columns = list(dict.fromkeys(columns))
        wrong: list[int] = []

        def skip(row: pa_csv.InvalidRow) -> Literal["skip"]:
            wrong.append(row.expected_columns)
            return "skip"

        table = pa_csv.read_csv(
            io.BytesIO(block.data),
            # In one piece: where it cuts one, pyarrow 26 loses the newline of a CRLF within quotes.
            pa_csv.ReadOptions(column_names=self.columns, block_size=len(block.data) + 1),
            pa_csv.ParseOptions(
                delimiter=self.separator, newlines_in_values=block.several_lines, invalid_row_handler=skip
            ),
            pa_csv.ConvertOptions(
                include_columns=columns, column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
        if wrong:
            return None
        return table.slice(1) if is_first and self.has_header else table

    def _is_one_row(self, text: str) -> bool:
        rows = list(islice(self._reader(io.StringIO(text, newline=""), width=len(self.columns)).rows(), 2))
        return len(rows) == 1 and rows[0][2] is None

    @property
    def _first_line(self) -> int:
        """The number of the line of the header, or of the first row if there is none."""
        return 2 if self._above else 1

    def _at_header(self) -> TextIO:
        """The open file after the line that names its separator."""
        file = self.open_text("")
        file.read(len(self._above))
        return file

    def _rows(self, start: int = 0, line: int = 0) -> Iterator[TextRow]:
        with self.open_text("", start) if start else self._at_header() as file:
            yield from self._text_rows(file, line or self._first_line)

    def _text_rows(self, file: TextIO, line: int) -> Iterator[TextRow]:
        """The rows of a text that begins with a row, or with the header in its line."""
        columns, width = self.columns, len(self.columns)
        damaged = not self.encoding.whole
        at_header = self.has_header and line == self._first_line
        reader = self._reader(file, None if at_header else width, line)
        rows = reader.rows()
        if at_header:
            next(rows)
            reader.width = width
        for cells, raw, reason in rows:
            if reason is None and len(cells) != width:
                cells = without_empty_end(cells, width)
                if len(cells) != width:
                    reason = f"The row has {len(cells)} cells, and the header {width}."
                    if lines := raw.rstrip().count("\n"):
                        reason += f" A quoted cell runs over {lines + 1} lines."
            if damaged and reason is None and self.is_damaged(raw):
                reason = f"The row is not {self.encoding.title}."
            if reason:
                # A rejected row is shown as it is in the file, because its cells may belong to no column.
                yield raw.rstrip("\r\n"), f"Line {reader.line}: {reason}"
            else:
                yield dict(zip(columns, cells, strict=True)), None

    def _reader(self, file: TextIO, width: int | None = None, line: int = 1) -> CellReader:
        return CellReader(file, self.separator, width, line)


def _without_end(header: list[str]) -> list[str]:
    """The header without the empty cells at its end that spreadsheets leave; one of them may be a column."""
    end = len(header)
    while end > 1 and header[end - 2 : end] == ["", ""]:
        end -= 1
    return header[:end]

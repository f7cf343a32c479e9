"""Read a CSV or TSV file. Cells stay text, because no type is certain before the last row."""

from collections.abc import Iterator
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.csv_cells import CellReader, without_empty_end
from hf_sentiment.reviews.row_files.formats import delimiter, no_rows, refuse_repeated_columns
from hf_sentiment.reviews.row_files.row_file import TextRow, TextRowFile
from hf_sentiment.reviews.row_files.separators import SEPARATORS, find_separator


class CsvRows(TextRowFile):
    """A CSV or TSV file with a header. Blank lines do not count."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self.separator = delimiter(path)
        if self.separator == ",":
            with self.open_text("") as file:
                self.separator = find_separator(file)
            if self.separator != ",":
                self.notes.append(f"{name}: the separator is {SEPARATORS[self.separator]}.")
        rows = self._cells()
        header, _, reason = next(rows, ([], "", None))
        if reason is not None or self.is_damaged("".join(header)):
            raise SentimentError(f"The header of {name} cannot be read: save the file as UTF-8 CSV.")
        self.columns = _named(header)
        refuse_repeated_columns(self.columns, name)
        if next(rows, None) is None:
            raise no_rows(name)

    def _rows(self) -> Iterator[TextRow]:
        rows, columns, width = self._cells(), self.columns, len(self.columns)
        damaged = not self.encoding.whole
        next(rows)
        for cells, raw, reason in rows:
            if reason is None and len(cells) != width:
                cells = without_empty_end(cells, width)
                if len(cells) != width:
                    reason = f"The row has {len(cells)} cells, and the header {width}."
                    if lines := raw.rstrip().count("\n"):
                        reason += f" A quoted cell runs over {lines + 1} lines."
            if damaged and reason is None and self.is_damaged(raw):
                reason = f"The row is not {self.encoding.title}."
            # A rejected row is shown as it is in the file, because its cells may belong to no column.
            yield (raw.rstrip("\r\n"), reason) if reason else (dict(zip(columns, cells, strict=True)), None)

    def _cells(self) -> Iterator[tuple[list[str], str, str | None]]:
        with self.open_text("") as file:
            reader = CellReader(file, self.separator)
            for row in reader.rows():
                yield row
                reader.width = reader.width or len(_named(row[0]))


def _named(header: list[str]) -> list[str]:
    """The header without the empty cells at its end that spreadsheets leave; one of them may be a column."""
    end = len(header)
    while end > 1 and header[end - 2 : end] == ["", ""]:
        end -= 1
    return header[:end]

"""Read a CSV or TSV file.

Python's own reader is used rather than pyarrow's, which ends the whole run at a byte that is not UTF-8 or at a quote
that is never closed; here, such a row is rejected on its own. Cells stay text, because no type is certain before the
last row.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.row_files.formats import delimiter, no_rows, refuse_repeated_columns
from hf_sentiment.reviews.row_files.row_file import TextRowFile, is_utf8


class CsvRows(TextRowFile):
    """A CSV or TSV file with a header. Blank lines do not count."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        rows = self._cells()
        header, _, reason = next(rows, ([], "", None))
        if reason is not None or not is_utf8("".join(header)):
            raise SentimentError(f"The header of {name} cannot be read: save the file as UTF-8 CSV.")
        self.columns = header
        refuse_repeated_columns(self.columns, name)
        if next(rows, None) is None:
            raise no_rows(name)

    def _rows(self) -> Iterator[tuple[Any, str | None]]:
        rows = self._cells()
        next(rows)
        for cells, raw, reason in rows:
            if reason is None and len(cells) != len(self.columns):
                reason = f"The row has {len(cells)} cells, and the header {len(self.columns)}."
            if reason is None and not is_utf8(raw):
                reason = "The row is not UTF-8."
            # A rejected row is shown as it is in the file, because its cells may belong to no column.
            yield (raw.rstrip("\r\n"), reason) if reason else (dict(zip(self.columns, cells, strict=True)), None)

    def _cells(self) -> Iterator[tuple[list[str], str, str | None]]:
        """Each row's cells, its text in the file, and None or the reason why it cannot be read."""
        # A byte that is not UTF-8 becomes a lone surrogate, so that only its own row is rejected.
        with self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            lines = _Lines(file)
            reader = csv.reader(lines, delimiter=delimiter(self.path))
            while True:
                lines.taken.clear()
                reason = None
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    # A cell exceeds the csv module's limit, nearly always because a quote is never closed.
                    cells, reason = [], f"The row cannot be read: {first_line(error)}."
                raw = "".join(lines.taken)
                if cells is None:
                    return
                # The reader asks for a line after the last one only inside quotes.
                if reason is None and lines.ended:
                    cells, reason = [], "A quote is opened and never closed."
                if reason is not None:
                    # Reject the first line, and read the lines after it again as rows of their own.
                    raw = lines.give_back_all_but_one()
                    reader = csv.reader(lines, delimiter=delimiter(self.path))
                if cells or reason is not None:
                    yield cells, raw, reason


class _Lines:
    """The lines of a file for the csv reader; it remembers the lines of the current row and can read them again.

    Attributes:
        taken: lines that the reader took for the current row.
        ended: whether the reader asked for a line after the last one.
    """

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.taken: list[str] = []
        self.again: list[str] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.pop() if self.again else next(self.file, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.taken.append(line)
        return line

    def give_back_all_but_one(self) -> str:
        """Read all lines of the current row again, except the first, which is returned."""
        self.again += reversed(self.taken[1:])
        self.ended = False
        return self.taken[0]

"""Split the lines of a CSV or TSV file into rows of cells, whatever its quotes are.

A quoted cell is read as RFC 4180 defines it: its closing quote is followed by the separator or by the end of the line,
and it may hold separators, line breaks and doubled quotes. Any other quote is a letter of its cell: in files that were
written without quoting, a review that begins with a quote would otherwise hide all the reviews up to the next quote.

Python's csv module splits the quoted lines. pyarrow and pandas were tried: a quote that is never closed ends or empties
their whole reading, and they do not tell the rows that it cost.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from hf_sentiment.reviews.row_files.lines import LONGEST_LINE, SHOWN, TOO_LONG, lines_of, skip_line

# A quoted cell over this many more lines is no cell if each of its lines is a whole row. A review of several lines may
# have one comma in each line by chance, but hardly in eight; it has no tabs at all.
LINES_LIKE_ROWS = {"\t": 1}
LINES_LIKE_ROWS_ELSE = 8
# The csv module's own limit, 131,072 characters, is below that of a line, and a quoted cell may have several.
csv.field_size_limit(10 * LONGEST_LINE)


class CellReader:
    """Reads the rows of a file. Blank lines do not count.

    Args:
        file: the file, at the start of a row.
        separator: the character between its cells.
        width: number of columns, if it is known.
        line: number of its first line.

    Attributes:
        width: number of columns, which tells a stray quote from a quoted cell; None until the header is read.
    """

    def __init__(self, file: TextIO, separator: str, width: int | None = None, line: int = 1) -> None:
        self.separator, self.width = separator, width
        # The number of lines that were taken from the file, and how many of them follow the first one of the last row.
        self._pulled, self._following = line - 1, 0
        self._lines = lines_of(file)
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._quoted_cell = re.compile(rf'"([^"]*+(?:""[^"]*+)*+)"(?={re.escape(separator)}|\Z)')
        self._fed: deque[str] = deque()
        self._one_line = self._new_reader()

    @property
    def line(self) -> int:
        """Number of the line in which the last row of `rows` begins, from 1."""
        return self._pulled - len(self._again) - self._following

    def rows(self) -> Iterator[tuple[list[str], str, str | None]]:
        """Each row's cells, its text in the file, and None or the reason why it cannot be read."""
        again, lines, separator = self._again, self._lines, self.separator
        while True:
            # As in `_next`, whose call would take longer than all the rest.
            if again:
                line = again.popleft()
            else:
                self._pulled += 1
                line = next(lines, "")
            if not line:
                return
            self._following = 0
            if len(line) >= LONGEST_LINE:
                skip_line(line, lines)
                yield [], line[:SHOWN], TOO_LONG
            elif '"' in line:
                yield self._quoted(line)
            elif text := line.rstrip("\r\n"):
                yield text.split(separator), line, None

    def fits(self, cells: list[str]) -> bool:
        """Whether a row has as many cells as there are columns; empty cells at its end do not count."""
        return self.width is None or len(without_empty_end(cells, self.width)) == self.width

    def _quoted(self, line: str) -> tuple[list[str], str, str | None]:
        self._fed.append(line)
        try:
            return next(self._one_line), line, None
        except (csv.Error, IndexError):
            # The deque is empty: a quoted cell goes on in the next line. Either way the reader is within a row.
            self._one_line = self._new_reader()
        self._taken.clear()
        self._again.appendleft(line)
        try:
            cells = next(csv.reader(self._take(), delimiter=self.separator, strict=True))
        except csv.Error:
            return self._stray(line)
        if self._swallows_rows(cells):
            return self._stray(line)
        self._following = len(self._taken) - 1
        return cells, "".join(self._taken), None

    def _next(self) -> str:
        """The next line; empty at the end of the file."""
        if self._again:
            return self._again.popleft()
        line = next(self._lines, "")
        self._pulled += bool(line)
        return line

    def _new_reader(self) -> Iterator[list[str]]:
        # Making a reader takes longer than reading a line, so that one reader is fed all the lines.
        return csv.reader(iter(self._fed.popleft, None), delimiter=self.separator, strict=True)

    def _take(self) -> Iterator[str]:
        while line := self._next():
            if len(line) >= LONGEST_LINE:
                # It belongs to no row.
                self._again.appendleft(line)
                return
            self._taken.append(line)
            yield line

    def _stray(self, line: str) -> tuple[list[str], str, str | None]:
        """The first line that was taken, as a row of its own; the lines after it are read again."""
        self._again.extendleft(reversed(self._taken[1:]))
        cells = self._split(line)
        if self.width is not None and self.fits(cells):
            return cells, line, None
        # A quoted cell may hold separators beside quotes that should have been doubled.
        try:
            rows = list(csv.reader([line, "\n"], delimiter=self.separator))
        except csv.Error as error:
            return [], line, f"The row cannot be read: {error}."
        # Inside quotes, the second line belongs to the first row.
        if len(rows) < 2:
            return [], line, "A quote is opened and never closed."
        return rows[0], line, None

    def _swallows_rows(self, cells: list[str]) -> bool:
        """Whether the lines of a quoted cell look like rows of their own."""
        if self.width is None or self.width == 1:
            return False
        like_rows = [self.fits(self._split(line)) for line in self._taken]
        if not like_rows[0]:
            return False
        if not self.fits(cells):
            return len(like_rows) > 3 and sum(like_rows) * 2 > len(like_rows)
        return len(like_rows) > LINES_LIKE_ROWS.get(self.separator, LINES_LIKE_ROWS_ELSE) and all(like_rows)

    def _split(self, line: str) -> list[str]:
        """The cells of one line, where a quote that is not closed within its cell is a letter."""
        text = line.rstrip("\r\n")
        cells, place = [], 0
        while place <= len(text):
            quoted = self._quoted_cell.match(text, place)
            if quoted:
                cells.append(quoted.group(1).replace('""', '"'))
                place = quoted.end() + 1
            else:
                end = text.find(self.separator, place)
                end = len(text) if end < 0 else end
                cells.append(text[place:end])
                place = end + 1
        return cells


def without_empty_end(cells: list[str], width: int) -> list[str]:
    """The cells of a row without the empty ones beyond the last column."""
    end = len(cells)
    while end > width and not cells[end - 1]:
        end -= 1
    return cells[:end]

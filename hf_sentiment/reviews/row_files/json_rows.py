"""Read a JSON Lines file, or a JSON file that is one array."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.formats import no_rows
from hf_sentiment.reviews.row_files.json_array import array_rows
from hf_sentiment.reviews.row_files.json_values import parse_row
from hf_sentiment.reviews.row_files.lines import LONGEST_LINE, SHOWN, TOO_LONG, lines_of, skip_line
from hf_sentiment.reviews.row_files.row_file import TextRow, TextRowFile

# Number of rows that are read for the names of the columns.
PEEK = 1000


class JsonRows(TextRowFile):
    """One JSON object per line, or an array of objects. Blank lines do not count, and rows may have different keys.

    Attributes:
        is_array: whether the file is an array.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        with self.open_text("\n") as file:
            self.is_array = file.read(64).lstrip().startswith("[")
        columns: dict[str, None] = {}
        count, first_reason = 0, None
        for row, reason in islice(self._rows(), PEEK):
            count += 1
            first_reason = first_reason or reason
            columns.update(dict.fromkeys(row) if reason is None else {})
        if not count:
            raise no_rows(name)
        self.columns = list(columns)
        if not self.columns:
            raise SentimentError(f"None of the first {count} lines of {name} is a JSON object: {first_reason}")

    def _rows(self) -> Iterator[TextRow]:
        with self.open_text("\n") as file:
            if self.is_array:
                for text, row in array_rows(file, self.name):
                    yield self._unless_damaged(text) or row
                return
            lines = lines_of(file)
            for number, line in enumerate(lines, 1):
                if len(line) >= LONGEST_LINE:
                    skip_line(line, lines)
                    yield line[:SHOWN], f"Line {number}: {TOO_LONG}"
                elif text := line.strip():
                    content, reason = self._unless_damaged(text) or parse_row(text)
                    yield content, reason and f"Line {number}: {reason}"

    def _unless_damaged(self, text: str) -> TextRow | None:
        return (text, f"The line is not {self.encoding.title}.") if self.is_damaged(text) else None

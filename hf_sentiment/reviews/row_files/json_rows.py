"""Read a JSON Lines file, or a JSON file that is one array."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.formats import no_rows
from hf_sentiment.reviews.row_files.json_array import array_rows
from hf_sentiment.reviews.row_files.json_values import parse_row
from hf_sentiment.reviews.row_files.lines import LONGEST_LINE, SHOWN, TOO_LONG, lines_of, skip_line
from hf_sentiment.reviews.row_files.row_file import TextRow, TextRowFile

# Number of characters that are read at a time until one is no blank.
START = 64


class JsonRows(TextRowFile):
    """One JSON object per line, or an array of objects. Blank lines do not count, and rows may have different keys.

    All rows are read for the names of the columns, because any of them may have a new one. Of a key that a row has
    twice, the last value is read, as JSON parsers usually do.

    Attributes:
        is_array: whether the file is an array.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        with self.open_text("\n") as file:
            self.is_array = _first_visible(file) == "["
        columns: dict[str, None] = {}
        self.total = 0
        for row, reason in self._rows():
            self.total += 1
            if reason is None and row.keys() - columns.keys():
                columns.update(dict.fromkeys(row))
        if not self.total:
            raise no_rows(name)
        self.columns = list(columns)
        if not self.columns:
            raise SentimentError(self._no_columns())
        if self.total == 1:
            self.hint = self._hint_of_one_row()

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

    def _no_columns(self) -> str:
        """What is wrong with a file of which no row has a key."""
        row, reason = next(self._rows())
        if reason is None:
            return f"The objects of {self.name} have no keys, such as text and label."
        if self.is_array:
            cure = "write objects with jq -c '.[] | {text: .[0], label: .[1]}', whose result has the suffix .jsonl."
            return f"No item of the JSON array {self.name} is an object: {cure}"
        if row == "{":
            return f"The objects of {self.name} run over several lines: write one per line with jq -c . {self.name}"
        return f'No line of {self.name} is a JSON object, such as {{"text": "Good soup"}}: {reason}'

    def _hint_of_one_row(self) -> str:
        row, _ = next(self._rows())
        lists = [key for key, value in row.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
        if not lists:
            return ""
        command = f"jq -c '.[\"{lists[0]}\"][]'"
        return f"The whole file is one object: write the rows of {lists[0]!r} one per line with {command}."

    def _unless_damaged(self, text: str) -> TextRow | None:
        return (text, f"The line is not {self.encoding.title}.") if self.is_damaged(text) else None


def _first_visible(file: TextIO) -> str:
    """The first character of a file that is no blank."""
    while (piece := file.read(START)) and not piece.strip():
        pass
    return piece.lstrip()[:1]

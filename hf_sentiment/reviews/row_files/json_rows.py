"""Read a JSON Lines file."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.row_files.formats import no_rows
from hf_sentiment.reviews.row_files.row_file import TextRowFile, is_utf8

# Number of lines that are read for the names of the columns.
PEEK = 1000


class JsonRows(TextRowFile):
    """One JSON object per line. Blank lines do not count, and rows may have different keys."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        with self.open_text("\n") as file:
            # A JSON array may be a single line of any length, so read only its start.
            if file.read(64).lstrip().startswith("["):
                raise SentimentError(f"{name} is a JSON array: write one object per line (jq -c '.[]' does it).")
        start = list(islice(self._rows(), PEEK))
        if not start:
            raise no_rows(name)
        self.columns = list(dict.fromkeys(key for row, reason in start if reason is None for key in row))
        if not self.columns:
            raise SentimentError(f"None of the first {len(start)} lines of {name} is a JSON object: {start[0][1]}")

    def _rows(self) -> Iterator[tuple[Any, str | None]]:
        with self.open_text("\n") as file:
            for line in file:
                if line := line.strip():
                    yield (line, f"The line is not {self.encoding.title}.") if self.is_damaged(line) else _parse(line)


def _parse(line: str) -> tuple[Any, str | None]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return line, f"The line is not JSON: {first_line(error)}."
    if not isinstance(row, dict):
        return line, "The line is JSON, but not an object."
    # JSON can spell half a character ("\ud83d"), which no file can hold.
    if "\\ud" in line.lower() and not is_utf8(json.dumps(row, ensure_ascii=False)):
        return line, "The line contains half a character (a lone surrogate)."
    return row, None

"""ReviewFile: one file of reviews, whatever else it holds, with its columns of text and title found."""

from pathlib import Path
from typing import NamedTuple

from hf_sentiment.reviews.columns import find_column, require_column
from hf_sentiment.reviews.read_rows import ReviewArrays, column, read_reviews
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile


class ReviewFile(NamedTuple):
    """A file of reviews.

    Attributes:
        rows: the file.
        text: its column of the text.
        title: its column of the title, if it has one.
    """

    rows: RowFile
    text: str
    title: str | None

    @property
    def columns(self) -> list[str]:
        """The columns of a review."""
        return [self.text, *([self.title] if self.title else [])]

    def reviews(self, chunk: Chunk) -> ReviewArrays:
        """The reviews of a chunk that has these columns."""
        return read_reviews(column(chunk, self.text), column(chunk, self.title) if self.title else None)


def open_reviews(
    path: str | Path,
    name: str | None = None,
    *,
    text_column: str | None = None,
    title_column: str | None = None,
    header: bool = True,
) -> ReviewFile:
    """Open a file of reviews.

    Args:
        path: see `open_rows`.
        name: what messages call it; the path by default.
        text_column: the column of the text; found by its usual names by default.
        title_column: the column of the title; found by its usual names by default.
        header: see `open_rows`.

    Raises:
        SentimentError: the file cannot be read, a column does not exist, or the texts are no texts.
    """
    rows = open_rows(path, name, header=header)
    text = require_column(rows.columns, "text", text_column, rows.name, rows.cure("text"))
    title = find_column(rows.columns, "title", title_column, rows.name)
    rows.require_text(text)
    return ReviewFile(rows, text, title)

"""Reviews without labels, from one file."""

from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import Columns, find_column, require_column
from hf_sentiment.reviews.review import Review, as_review
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.row_file import RowFile

CHUNK = 5000


def open_unlabelled(path: str | Path, columns: Columns, *, header: bool = True) -> tuple[RowFile, str, str | None]:
    """Open a file of reviews without labels; arguments and errors as in `read_unlabelled`.

    Returns:
        Its rows, and the names of the columns of the text and of the title.
    """
    rows = open_rows(Path(path).expanduser(), str(path), header=header)
    # The labelled reviews may come from another file, with other columns.
    named = [name if name in rows.columns else None for name in (columns.text, columns.title)]
    text = require_column(rows.columns, "text", named[0], str(path), rows.cure("text"))
    title = find_column(rows.columns, "title", named[1], str(path))
    rows.require_text(text)
    return rows, text, title


def read_unlabelled(path: str | Path, columns: Columns, *, header: bool = True) -> tuple[list[Review], int]:
    """Read the reviews of a file, whatever else it holds.

    Args:
        path: a file that `open_rows` reads.
        columns: those of text and title; found by their usual names if they are None or not in the file.
        header: whether the first row has the names of the columns.

    Returns:
        The reviews, and the number of rows that were left out because they hold none.

    Raises:
        SentimentError: the file or a column cannot be read, or no row holds a review.
    """
    rows, text, title = open_unlabelled(path, columns, header=header)
    names = [text, title] if title else [text]
    reviews, left_out = [], 0
    for chunk in rows.chunks(CHUNK, names):
        left_out += len(chunk.rejects)
        cells = chunk.rows if isinstance(chunk.rows, list) else chunk.rows.to_pylist()
        for row in cells:
            try:
                reviews.append(as_review({"text": row.get(text), "title": row.get(title) if title else None}))
            except SentimentError:
                left_out += 1
    rows.require_unchanged()
    if not reviews:
        raise SentimentError(f"{path} has no row with a text: give --unlabelled another file, or leave it out.")
    return reviews, left_out

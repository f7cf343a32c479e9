"""Reviews without labels, from one file."""

from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.review import Review
from hf_sentiment.reviews.review_file import ReviewFile, open_reviews
from hf_sentiment.reviews.row_files.open_rows import open_rows

CHUNK = 5000


def open_unlabelled(path: str | Path, columns: Columns, *, header: bool = True) -> ReviewFile:
    """Open a file of reviews without labels; arguments and errors as in `read_unlabelled`."""
    place = Path(path).expanduser()
    # The labelled reviews may come from another file, with other columns.
    there = open_rows(place, str(path), header=header).columns
    text, title = (name if name in there else None for name in (columns.text, columns.title))
    return open_reviews(place, str(path), text_column=text, title_column=title, header=header)


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
    file = open_unlabelled(path, columns, header=header)
    reviews: list[Review] = []
    left_out = 0
    for chunk in file.rows.chunks(CHUNK, file.columns):
        found = file.reviews(chunk)
        left_out += len(chunk.rejects) + len(found.reasons)
        pairs = zip(found.title.to_pylist(), found.text.to_pylist(), strict=True)
        reviews += [Review(title, text) for title, text in pairs if text is not None]
    file.rows.require_unchanged()
    if not reviews:
        raise SentimentError(f"{path} has no row with a text: give --unlabelled another file, or leave it out.")
    return reviews, left_out

"""What can be checked of the options of `suggest` and `audit` before torch is imported."""

from pathlib import Path
from typing import NamedTuple

from hf_sentiment.errors import SentimentError
from hf_sentiment.labelling.tables import check_table
from hf_sentiment.reviews.columns import find_column, require_column
from hf_sentiment.reviews.layout import check_files
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.row_file import RowFile
from hf_sentiment.reviews.sources import check_path
from hf_sentiment.scoring.score_file import refuse_same_file

CHUNK_ROWS = 5000
# k-means with more centres takes minutes; and an adapter that has learned from some labels suggests better ones.
MOST_SUGGESTED = 1000
# Each fold is a training run of its own.
MOST_FOLDS = 100


class Source(NamedTuple):
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


def check_suggest(
    source: str | Path,
    count: int,
    *,
    output: str | Path | None,
    text_column: str | None,
    title_column: str | None,
    header: bool,
    overwrite: bool,
    escape_formulas: bool,
) -> Source:
    """Check the options of `suggest`, see there, and open the file.

    Raises:
        SentimentError: one of them cannot be used.
    """
    if not 1 <= count <= MOST_SUGGESTED:
        raise SentimentError(
            f"--count is {count:,}: give 1 to {MOST_SUGGESTED:,}. Label these, train, and ask the new adapter for more."
        )
    rows = open_rows(source, header=header)
    _check_output(output, Path(source), rows.name, overwrite, escape_formulas)
    text = require_column(rows.columns, "text", text_column, rows.name, rows.cure("text"))
    title = find_column(rows.columns, "title", title_column, rows.name)
    rows.require_text(text)
    return Source(rows, text, None if title == text else title)


def check_audit(
    options: DataOptions, folds: int, *, output: str | Path | None, overwrite: bool, escape_formulas: bool
) -> None:
    """Check the options of `audit`, see there, without reading all rows.

    Raises:
        SentimentError: one of them cannot be used.
    """
    if not 2 <= folds <= MOST_FOLDS:
        raise SentimentError(f"--folds is {folds}: give 2 to {MOST_FOLDS}.")
    check_path(options.source)
    check_files(options)
    _check_output(output, Path(options.source).expanduser(), options.source, overwrite, escape_formulas)


def _check_output(output: str | Path | None, source: Path, name: str, overwrite: bool, escape_formulas: bool) -> None:
    if output is not None:
        check_table(output, overwrite=overwrite, escape_formulas=escape_formulas)
        refuse_same_file(Path(output), source, name)
    elif escape_formulas:
        raise SentimentError("--escape-formulas is about the file to write: give --output too.")

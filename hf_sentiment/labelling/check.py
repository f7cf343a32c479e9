"""What can be checked of the options of `suggest` and `audit` before torch is imported."""

from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.labelling.tables import check_table
from hf_sentiment.reviews.layout import check_files
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.review_file import ReviewFile, open_reviews
from hf_sentiment.reviews.sources import check_path
from hf_sentiment.scoring.score_file import refuse_same_file

CHUNK_ROWS = 5000
# k-means with more centres takes minutes; and an adapter that has learned from some labels suggests better ones.
MOST_SUGGESTED = 1000
# Each fold is a training run of its own.
MOST_FOLDS = 100


def check_suggest(
    source: str | Path,
    count: int,
    *,
    name: str | None = None,
    output: str | Path | None,
    text_column: str | None,
    title_column: str | None,
    header: bool,
    overwrite: bool,
    escape_formulas: bool,
) -> ReviewFile:
    """Check the options of `suggest`, see there, and open the file.

    Raises:
        SentimentError: one of them cannot be used.
    """
    if not 1 <= count <= MOST_SUGGESTED:
        raise SentimentError(
            f"--count is {count:,}: give 1 to {MOST_SUGGESTED:,}. Label these, train, and ask the new adapter for more."
        )
    found = open_reviews(source, name, text_column=text_column, title_column=title_column, header=header)
    _check_output(output, Path(source), found.rows.name, overwrite, escape_formulas)
    return found._replace(title=None if found.title == found.text else found.title)


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

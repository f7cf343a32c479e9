"""Which columns of a source hold the text, the title and the label of a review."""

from dataclasses import dataclass

from hf_sentiment.errors import SentimentError

# The usual names of each column, in lower case; the first one found is taken.
USUAL_NAMES = {
    "text": ("text", "content", "review", "review_text", "review_body", "reviewtext", "body", "comment", "sentence"),
    "title": ("title", "review_title", "summary", "headline"),
    "label": ("label", "labels", "sentiment", "polarity", "stars", "rating", "score", "class", "overall"),
}
SLICE_NAMES = ("domain", "category", "product_category", "sarcastic", "sarcasm", "is_sarcastic")
# Columns that labelled rows keep for the report: the row's position in its split, and the prefix of a slice's column.
ROW, SLICE = "source_row", "slice: "


@dataclass(frozen=True)
class Columns:
    """Names of a source's columns; None means that the column is found by its usual names.

    Attributes:
        text, title, label: the columns of a labelled review.
        slices: columns that the report is sliced by.
    """

    text: str | None = None
    title: str | None = None
    label: str | None = None
    slices: tuple[str, ...] | None = None


def find_column(columns: list[str], role: str, wanted: str | None, source: str) -> str | None:
    """Find the column for a role.

    Args:
        columns: the columns of the source.
        role: "text", "title", "label" or "slice".
        wanted: the column that the user named; None to look for the usual names.
        source: what a message calls the source; it starts a sentence.

    Returns:
        The wanted column, else the first one with a usual name, else None.

    Raises:
        SentimentError: the wanted column does not exist.
    """
    if wanted is not None:
        if wanted not in columns:
            raise _missing(columns, role, f" {wanted!r}", source)
        return wanted
    by_lower = {column.lower(): column for column in columns}
    return next((by_lower[name] for name in USUAL_NAMES[role] if name in by_lower), None)


def require_column(columns: list[str], role: str, wanted: str | None, source: str) -> str:
    """Find the column for a role that must have one; the arguments are those of `find_column`.

    Raises:
        SentimentError: there is no such column.
    """
    found = find_column(columns, role, wanted, source)
    if found is None:
        raise _missing(columns, role, "", source)
    return found


def not_text(column: str, values: str, source: str) -> SentimentError:
    """The error for a text column that holds something else.

    Args:
        column: the column.
        values: what it holds, such as "int64 values".
        source: what the message calls the source.
    """
    return SentimentError(
        f"Column {column!r} of {source} holds {values}, not text: name the text column with --text-column."
    )


def _missing(columns: list[str], role: str, named: str, source: str) -> SentimentError:
    return SentimentError(
        f"{source} has no {role} column{named}; it has {', '.join(columns)}. Name the right one with --{role}-column."
    )

"""Which columns of a source hold the text, the title and the label of a review."""

import re
from dataclasses import dataclass

from hf_sentiment.errors import SentimentError

# The usual names of each column as `plain_name` writes them; an earlier name is preferred to a later one. "headline",
# "rating" and others also stand for names with a prefix: review_headline, star_rating.
USUAL_NAMES = {
    "text": (
        "text",
        "content",
        "review",
        "reviewtext",
        "reviewbody",
        "body",
        "comment",
        "sentence",
        "commenttext",
        "tweet",
    ),
    "title": ("title", "reviewtitle", "summary", "headline"),
    "label": ("label", "labels", "sentiment", "polarity", "stars", "rating", "score", "class", "overall"),
}
# Words that public files put before a usual name: reviews.text (Datafiniti), star_rating and review_headline (Amazon),
# airline_sentiment (tweets to airlines), review_score (Steam), user_review, tweet_text.
PREFIXES = ("reviews", "review", "star", "airline", "user", "customer", "tweet")
# Maximum number of columns that an error message lists.
MOST_SHOWN = 30
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


def plain_name(column: str) -> str:
    """A column's name without case, spaces, dots, dashes and underscores: "reviewtext" for "Review Text"."""
    return re.sub(r"[\s._-]+", "", column).casefold()


def find_column(columns: list[str], role: str, wanted: str | None, source: str) -> str | None:
    """Find the column for a role.

    A column that the user named must exist under exactly this name. Without one, names are compared as `plain_name`
    writes them, and the first of these rules that finds a column decides:

    1. The usual names of the role, in their order of preference: `label` is taken before `stars`.
    2. The usual names in the same order, after one of `PREFIXES`: `star_rating`, `reviews.text`.

    Two columns of the same rank, such as "Review Text" and "review_text", are a question to the user, unless just one
    is spelled as the usual name: "text" is taken before "Text".

    Args:
        columns: the columns of the source.
        role: "text", "title", "label" or "slice".
        wanted: the column that the user named; None to look for the usual names.
        source: what a message calls the source; it starts a sentence.

    Returns:
        The wanted column, else the one with a usual name, else None.

    Raises:
        SentimentError: the wanted column does not exist, or several columns could be the one.
    """
    if wanted is not None:
        if wanted not in columns:
            raise _missing(columns, role, f" {wanted!r}", source)
        return wanted
    candidates = _candidates(columns, role)
    exact = [column for column in candidates if column in USUAL_NAMES[role]]
    if len(exact) == 1:
        return exact[0]
    if len(candidates) > 1:
        raise SentimentError(
            f"{source} has {len(candidates)} columns that could be the {role}: {_listed(candidates)}. "
            f"Name the right one with --{role}-column."
        )
    return candidates[0] if candidates else None


def _candidates(columns: list[str], role: str) -> list[str]:
    """The columns of the best rank that any column has for the role."""
    by_name: dict[str, list[str]] = {}
    for column in dict.fromkeys(columns):
        by_name.setdefault(plain_name(column), []).append(column)
    for usual in USUAL_NAMES[role]:
        if usual in by_name:
            return by_name[usual]
    for usual in USUAL_NAMES[role]:
        found = [column for prefix in PREFIXES for column in by_name.get(prefix + usual, [])]
        if found:
            return found
    return []


def require_column(columns: list[str], role: str, wanted: str | None, source: str, hint: str = "") -> str:
    """Find the column for a role that must have one.

    Args:
        columns: as in `find_column`.
        role: as there.
        wanted: as there.
        source: as there.
        hint: a sentence that ends the message where there is no such column.

    Raises:
        SentimentError: there is no such column, or several could be the one.
    """
    found = find_column(columns, role, wanted, source)
    if found is None:
        raise _missing(columns, role, "", source, hint)
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


def _missing(columns: list[str], role: str, named: str, source: str, hint: str = "") -> SentimentError:
    cure = hint or f"Name the right one with --{role}-column."
    return SentimentError(f"{source} has no {role} column{named}; it has {_listed(columns)}. {cure}")


def _listed(columns: list[str]) -> str:
    more = [f"{len(columns) - MOST_SHOWN:,} more"] if len(columns) > MOST_SHOWN else []
    return ", ".join(columns[:MOST_SHOWN] + more)

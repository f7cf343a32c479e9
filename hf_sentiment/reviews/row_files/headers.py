"""Tell a header from a row of data, and name the columns of a file without a header."""

import re
from collections.abc import Sequence

# Public files without a header, by the cells of their rows.
_STARS, _WORDS = "[1-5]", r".*\S\s+\S.*"
KNOWN = {
    # Sentiment140: 1.6 million tweets, whose label is 0, 2 or 4.
    ("label", "id", "date", "query", "user", "text"): (
        "[024]",
        r"\d+",
        r"\w{3} \w{3} \d\d .* \d{4}",
        ".*",
        r"\S+",
        ".*",
    ),
    # Amazon and Yelp polarity and full, as Zhang et al. (2015) published them.
    ("label", "title", "text"): (_STARS, ".*", _WORDS),
    ("label", "text"): (_STARS, _WORDS),
}
# A name has few words.
LONGEST_NAME, MOST_WORDS = 60, 6
NUMBER_OR_DATE = re.compile(r"[-+]?[\d.,:/ -]*\d[\d.,:/ -]*")


def known_columns(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """The columns of a public file without a header, if all its first rows have the shape of that file's."""
    for columns, shapes in KNOWN.items():
        patterns = [re.compile(shape, re.DOTALL) for shape in shapes]
        if rows and all(_has_shape(row, patterns) for row in rows):
            return list(columns)
    return None


def numbered(width: int) -> list[str]:
    """The names of columns that have none: their numbers, from 1."""
    return [str(number) for number in range(1, width + 1)]


def looks_like_data(header: Sequence[str]) -> bool:
    """Whether a cell of a header is a number, a date or a text rather than a name."""
    return any(
        NUMBER_OR_DATE.fullmatch(cell) or len(cell) > LONGEST_NAME or len(cell.split()) > MOST_WORDS for cell in header
    )


def _has_shape(row: Sequence[str], patterns: list[re.Pattern[str]]) -> bool:
    return len(row) == len(patterns) and all(
        pattern.fullmatch(cell) for pattern, cell in zip(patterns, row, strict=True)
    )

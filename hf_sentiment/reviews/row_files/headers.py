"""Tell a header from a row of data, and name the columns of a file without a header."""

import re
from collections.abc import Sequence

from hf_sentiment.errors import SentimentError

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
# Fewer rows may all be wrong.
FEW_ROWS = 3
# Maximum number of columns that a note lists.
MOST_SHOWN = 12
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


def names_of(header: Sequence[str], notes: list[str], name: str) -> list[str]:
    """The columns of a header; if several of its cells are blank, these columns are named by their numbers.

    Args:
        header: its cells.
        notes: a sentence about columns without a name is added to it.
        name: what messages call the file.
    """
    blank = {place for place, cell in enumerate(header) if not cell.strip()}
    if len(blank) < 2:
        return list(header)
    named = [str(place + 1) if place in blank else cell for place, cell in enumerate(header)]
    numbers = ", ".join(named[place] for place in sorted(blank)[:MOST_SHOWN]) + ", ..." * (len(blank) > MOST_SHOWN)
    notes.append(f"{name}: its columns without a name were named by their numbers: {numbers}.")
    return named


def looks_like_data(header: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> bool:
    """Whether a cell of a header is a number, a date or a text, or a value of its column, rather than a name.

    Args:
        header: its cells.
        rows: the first rows after it.
    """
    return any(
        NUMBER_OR_DATE.fullmatch(cell) or len(cell) > LONGEST_NAME or len(cell.split()) > MOST_WORDS for cell in header
    ) or any(_shares_cells(header, row) for row in rows)


def header_hint(header: Sequence[str], rows: Sequence[Sequence[str]], what: str) -> str:
    """A sentence about a header that is perhaps none; empty if it looks like one.

    Args:
        header: its cells.
        rows: the first rows after it.
        what: what the sentence calls it; it starts the sentence.
    """
    if looks_like_data(header, rows):
        return (
            f"{what} looks like data, not like a header: without a header (--no-header), columns are named by their "
            f"number, such as --text-column {1 + max(range(len(header)), key=lambda place: len(header[place]))}."
        )
    if any(not cell.strip() for cell in header[1:]):
        return f"{what} does not name every column: if it is a title, delete the lines above the header."
    return ""


def no_header_cure(role: str) -> str:
    """What to do where a header has no column for a role."""
    return f"Name the right one with --{role}-column, or give --no-header if these are the cells of a first row."


def refuse_title(header: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> None:
    """Refuse a first line with fewer cells than all the rows after it, which all have one number of cells.

    Args:
        header: its cells.
        rows: the first rows after it.
        name: what the message calls the file.

    Raises:
        SentimentError: it has.
    """
    widths = {len(row) for row in rows}
    if len(rows) < FEW_ROWS or len(widths) > 1 or (width := widths.pop()) <= len(header):
        return
    raise SentimentError(
        f"The first line of {name} has {len(header)} cell{'s' * (len(header) != 1)}, and the lines after it {width}: "
        "if it is a title, delete the lines above the header; if it is the header, name every column in it."
    )


def _shares_cells(header: Sequence[str], row: Sequence[str]) -> bool:
    """Whether some cells of a row are those of the header, but not all, as where files were joined."""
    same = [cell == other for cell, other in zip(header, row, strict=False) if cell]
    return any(same) and not all(same)


def _has_shape(row: Sequence[str], patterns: list[re.Pattern[str]]) -> bool:
    return len(row) == len(patterns) and all(
        pattern.fullmatch(cell) for pattern, cell in zip(patterns, row, strict=True)
    )

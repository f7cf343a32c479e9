"""Read a text file line by line, with little memory for a line of any length."""

from collections.abc import Iterator
from functools import partial
from typing import TextIO

# Longest line, in characters. The longest reviews have some 100,000; a file of one endless line has no rows to read.
LONGEST_LINE = 10_000_000
TOO_LONG = f"The line has more than {LONGEST_LINE:,} characters."
# Number of characters that the reject of such a line shows.
SHOWN = 1000


def lines_of(file: TextIO) -> Iterator[str]:
    """The lines of a file; one of LONGEST_LINE characters or more comes in pieces of this length."""
    return iter(partial(file.readline, LONGEST_LINE), "")


def skip_line(piece: str, lines: Iterator[str]) -> None:
    """Skip the other pieces of a long line."""
    while piece and not piece.endswith(("\n", "\r")):
        piece = next(lines, "")

"""Find the separator of a CSV file in its first lines."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

# In the order in which they win if nothing else decides.
SEPARATORS = {",": '","', ";": '";"', "\t": "a tab", "|": '"|"'}
# Number of lines that are read, and number of characters of each.
PEEK = 20
LONGEST = 100_000


def find_separator(file: TextIO) -> str:
    """The character between the cells of a CSV file; a comma if the header has a single column.

    Separators within quotes do not count. If the header holds several of them, the one that divides the following
    lines into as many cells decides.

    Args:
        file: the file, at its start; it is read for some lines.
    """
    lines = list(islice(_lines(file), PEEK))
    if not lines:
        return ","

    def fit(separator: str) -> tuple[int, int]:
        widths = [_width(line, separator) for line in lines]
        return (widths.count(widths[0]), widths[0]) if widths[0] > 1 else (0, 0)

    return max(SEPARATORS, key=fit)


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(LONGEST):
        if line.strip("\r\n"):
            yield line


def _width(line: str, separator: str) -> int:
    """Number of cells of a line, without the empty ones at its end."""
    cells = next(csv.reader([line], delimiter=separator))
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return len(cells)

"""Find the separator of a CSV file in its first lines."""

import csv
import re
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

# In the order in which they win if nothing else decides.
SEPARATORS = {",": '","', ";": '";"', "\t": "a tab", "|": '"|"'}
# Number of lines that are read, and number of characters of each.
PEEK = 20
LONGEST = 100_000
# Characters of a line that names the separator, and some more.
LONGEST_NAMED = 10


def named_separator(file: TextIO) -> tuple[str, str]:
    """The separator that a first line such as "sep=;" names, and this line; both are empty without one.

    Excel obeys such a line, and other programs write it for Excel.

    Args:
        file: the file, at its start; it is read for a line.
    """
    line = file.readline(LONGEST_NAMED)
    found = re.fullmatch(r"sep=(.)[\r\n]*", line, re.IGNORECASE)
    return (found[1], line) if found else ("", "")


def find_separator(file: TextIO, usual: str) -> str:
    """The character between the cells of a CSV or TSV file; the usual one if the header has a single column.

    Separators within quotes do not count. If the header holds several of them, the one that divides the following
    lines into as many cells decides. In a TSV file, a tab decides, and another one has to divide most lines alike.

    Args:
        file: the file, at its header; it is read for some lines.
        usual: the usual separator of its format.
    """
    lines = list(islice(_lines(file), PEEK))
    if not lines or (usual == "\t" and usual in lines[0]):
        return usual

    def fit(separator: str) -> tuple[int, int]:
        widths = [_width(line, separator) for line in lines]
        return (widths.count(widths[0]), widths[0]) if widths[0] > 1 else (0, 0)

    found = max(SEPARATORS, key=fit)
    alike, _ = fit(found)
    return found if alike and (usual == "," or alike * 2 > len(lines)) else usual


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

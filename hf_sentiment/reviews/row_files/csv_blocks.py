"""Cut the bytes of a CSV file into blocks of whole rows, as long as its quotes leave no doubt where a row ends.

Within such a block, every reader of RFC 4180 finds the same rows, so that pyarrow can read them.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 1 << 20
# Longest row, so that a block always ends with one.
LONGEST_ROW = 1 << 20
QUOTE, NEWLINE, RETURN = b'"\n\r'

Places = NDArray[np.intp]


class Block(NamedTuple):
    """Consecutive rows of a file.

    Attributes:
        start: the position of its first byte in the file.
        data: its bytes.
        lines: number of its lines.
        regular: whether its rows are certain; what follows a block that is not regular is not cut.
        several_lines: whether a row of a regular block has several lines.
    """

    start: int
    data: bytes
    lines: int
    regular: bool
    several_lines: bool


def blocks_of(file: BinaryIO, separator: str, is_one_row: Callable[[str], bool]) -> Iterator[Block]:
    """The blocks of a UTF-8 file up to the first one that is not regular.

    A block is regular if each quote opens or closes a cell or is doubled within one, if no line ends with a carriage
    return alone, and if each row of several lines is one. Nor does it begin with a byte order mark, as the second of
    two joined files does, because pyarrow would skip it.

    Args:
        file: the file, after its own byte order mark.
        separator: the character between its cells.
        is_one_row: whether a text of several lines, which the quotes make one row, is really one.
    """
    rest, start = b"", file.tell()
    while True:
        read = file.read(BLOCK_BYTES)
        data = rest + read
        if not data:
            return
        block = _cut(data, start, not read, separator, is_one_row)
        yield block
        if not block.regular:
            return
        rest, start = data[len(block.data) :], start + len(block.data)


def _cut(data: bytes, start: int, last: bool, separator: str, is_one_row: Callable[[str], bool]) -> Block:
    values = np.frombuffer(data, np.uint8)
    quotes, newlines = np.flatnonzero(values == QUOTE), np.flatnonzero(values == NEWLINE)
    within = np.searchsorted(quotes, newlines) % 2 == 1
    ends = newlines[~within] + 1
    if last and (not len(ends) or ends[-1] < len(data)):
        ends = np.append(ends, len(data))
    if not len(ends):
        return Block(start, data, 0, regular=False, several_lines=False)
    end = int(ends[-1])
    data, values = data[:end], values[:end]
    within = within[newlines < end]
    newlines, quotes = newlines[newlines < end], quotes[quotes < end]
    starts = np.concatenate([[0], ends[:-1]])
    several = np.unique(np.searchsorted(ends, newlines[within], side="right"))
    regular = (
        not data.startswith(BOM_UTF8)
        and _ends_are_newlines(values)
        and bool((ends - starts).max() <= LONGEST_ROW)
        and _quotes_are_regular(values, quotes, separator)
        and all(is_one_row(data[starts[row] : ends[row]].decode()) for row in several.tolist())
    )
    return Block(start, data, len(newlines), regular, bool(len(several)))


def _ends_are_newlines(values: NDArray[np.uint8]) -> bool:
    returns = np.flatnonzero(values == RETURN)
    return bool(not len(returns) or (returns[-1] + 1 < len(values) and (values[returns + 1] == NEWLINE).all()))


def _quotes_are_regular(values: NDArray[np.uint8], quotes: Places, separator: str) -> bool:
    if len(quotes) % 2:
        return False
    if not len(quotes):
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    doubled = closing[:-1] + 1 == opening[1:]
    around = np.zeros(256, dtype=bool)
    around[[ord(separator), NEWLINE, RETURN]] = True
    # At both ends of a block are line ends.
    opens = (opening == 0) | around[values[opening - 1]]
    closes = (closing == len(values) - 1) | around[values[np.minimum(closing + 1, len(values) - 1)]]
    opens[1:] |= doubled
    closes[:-1] |= doubled
    return bool(opens.all() and closes.all())

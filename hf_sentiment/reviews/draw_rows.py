"""Draw rows at random, label by label, so that rare classes are in every part."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def draw_rows(labels: Ints, sizes: dict[str, int], seed: int, first: tuple[str, ...] = ()) -> dict[str, Ints]:
    """Draw disjoint parts of exact sizes, in each of which a class has its share of all rows.

    A class with fewer rows than parts is in the parts that come first in `first`. A part with fewer rows than there
    are classes has the largest ones. Sorting makes it O(n log n) in the rows; nothing is done per row in Python.

    Args:
        labels: the class index of each row, shape (n,). With equal ones, the parts are the rows of consecutive slices
            of one permutation, in the order of `sizes`.
        sizes: part -> its number of rows; at most n in all.
        seed: seed of the permutation.
        first: the order in which the parts get rows of a rare class, all of `sizes` among them; the order of `sizes` by
            default.

    Returns:
        Part -> the positions of its rows, in random order.
    """
    random = np.random.default_rng(seed)
    shuffled: Ints = random.permutation(len(labels))
    _, classes, rows = np.unique(labels[shuffled], return_inverse=True, return_counts=True)
    table = _rows_of_parts(rows, {part: sizes[part] for part in first or sizes if part in sizes})
    # The rank of each row among those of its class decides its part.
    order = np.argsort(classes, kind="stable")
    rank = np.empty(len(labels), dtype=np.int64)
    rank[order] = np.arange(len(labels)) - np.repeat(np.cumsum(rows) - rows, rows)
    drawn: dict[str, Ints] = {}
    start = np.zeros_like(rows)
    for part in sizes:
        end = start + table[part]
        # Shuffled again: a class may reach its share later in the permutation than another, so that one begins the part
        # and the other ends it.
        drawn[part] = random.permutation(shuffled[(rank >= start[classes]) & (rank < end[classes])])
        start = end
    return drawn


def _rows_of_parts(rows: Ints, sizes: dict[str, int]) -> dict[str, Ints]:
    """Part -> its number of rows of each class; `rows` are those that each class has, `sizes` those of each part."""
    free = rows.copy()
    least: dict[str, Ints] = {}
    by_size = np.argsort(-rows, kind="stable")
    for part, size in sizes.items():
        has_rows = by_size[free[by_size] > 0]
        least[part] = np.zeros_like(rows)
        least[part][has_rows[:size]] = 1
        free -= least[part]
    return {part: _rows_of_part(rows, size, least[part], free) for part, size in sizes.items()}


def _rows_of_part(rows: Ints, size: int, least: Ints, free: Ints) -> Ints:
    """The rows of each class in one part; what it takes beyond `least` is subtracted from `free`."""
    share = rows * (size / max(1, rows.sum()))
    most = least + free
    taken: Ints = np.minimum(np.maximum(least, np.floor(share).astype(np.int64)), most)
    short = size - int(taken.sum())
    if short < 0:
        taken -= _apportion(-short, taken - least)
    else:
        # The rows that rounding down left over go to the largest remainders, then to classes that have rows left.
        rest = np.argsort(taken - share, kind="stable")
        rest = rest[((taken < most) & (taken < share))[rest]][:short]
        taken[rest] += 1
        taken += _apportion(short - len(rest), most - taken)
    free -= taken - least
    return taken


def _apportion(total: int, room: Ints) -> Ints:
    """`total` in whole numbers in proportion to `room`, none above its room, by the largest remainder."""
    share = room * (total / max(1, room.sum()))
    whole: Ints = np.minimum(np.floor(share).astype(np.int64), room)
    rest: Ints = np.argsort(whole - share, kind="stable")
    rest = rest[(whole < room)[rest]][: total - int(whole.sum())]
    whole[rest] += 1
    return whole

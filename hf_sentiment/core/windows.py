"""Truncate a long review to the model's window, or read it in several overlapping windows."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Windows of a long review share a quarter of their tokens, so that no sentence is only ever seen cut in half.
OVERLAP_SHARE = 4


class Window(NamedTuple):
    """Consecutive tokens of one text: `tokens[start:stop]`, special tokens not counted.

    Attributes:
        owner: the index of the text.
        start, stop: the range of its tokens.
    """

    owner: int
    start: int
    stop: int


def split_into_windows(
    lengths: Sequence[int], room: int, overlap: int | None, *, from_end: bool = False
) -> list[Window]:
    """Split each text into windows.

    Windows are placed as in the `tokenizers` library when it truncates with a stride.

    Args:
        lengths: tokens of each text, special tokens not counted.
        room: number of text tokens in a window.
        overlap: tokens that a window shares with the previous one; None to keep one window and drop the rest.
        from_end: start at the end of a text, for a tokenizer that truncates on the left.

    Returns:
        At least one window for each text, in the order of the texts.
    """
    windows: list[Window] = []
    for owner, length in enumerate(lengths):
        spans = _spans(length, room, overlap)
        if from_end:
            spans = ((length - stop, length - start) for start, stop in spans)
        windows += [Window(owner, start, stop) for start, stop in spans]
    return windows


def _spans(length: int, room: int, overlap: int | None) -> Iterator[tuple[int, int]]:
    yield 0, min(room, length)
    if overlap is None:
        return
    start = 0
    while start + room < length:
        start += room - overlap
        yield start, min(start + room, length)


def count_owners(
    progress: Callable[[int], object] | None, owners: NDArray[np.intp]
) -> Callable[[list[int]], object] | None:
    """Turn progress in texts into progress in windows: a text counts when its first window is done.

    Args:
        progress: called with a number of texts.
        owners: the text of each window, increasing from 0.

    Returns:
        A function to call with the indices of windows.
    """
    if progress is None:
        return None
    first = np.diff(owners, prepend=-1) > 0
    return lambda indices: progress(int(first[indices].sum()))


def mean_by_owner(logits: NDArray[np.float32], owners: NDArray[np.intp]) -> NDArray[np.floating[Any]]:
    """Average the logits of each text's windows; for two classes this is the mean of the log-odds.

    Args:
        logits: of shape (windows, labels).
        owners: the index of each window's text, increasing from 0 without gaps.

    Returns:
        Array of shape (texts, labels).
    """
    counts = np.bincount(owners)
    if counts.size == len(logits):
        return logits
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    means: NDArray[np.floating[Any]] = np.add.reduceat(logits, starts, axis=0) / counts[:, None]
    return means

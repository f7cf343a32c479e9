"""The shapes of batches for a runtime that compiles kernels for each: few, and compiled before the first request."""

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass

# Windows in a batch. Those left over are in the next one, so that no row is padding.
COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)


@dataclass(frozen=True)
class BatchShapes:
    """Shapes of (windows, tokens).

    Measured on MiniLM: a new shape takes 10 to 15 ms, and in int8 it keeps 3 MiB. Multiples of 8 tokens and any number
    of windows would be 168 shapes; these are 47. Amazon reviews, each in a batch of its own, have 10 % of padding
    instead of 3 %.

    Args:
        window: the model's window in tokens, special tokens included.
        budget: tokens of a batch, padding included, unless a single window has more.
    """

    window: int
    budget: int

    def length(self, tokens: int) -> int:
        """The tokens to which a batch is padded whose longest window has so many: at most a quarter more, or 15."""
        step = max(16, 2 ** (math.ceil(math.log2(max(tokens, 2))) - 3))
        return max(tokens, min(-(-tokens // step) * step, self.window))

    def count(self, windows: int) -> int:
        """The windows of the next batch, out of so many."""
        return COUNTS[bisect.bisect_right(COUNTS, windows) - 1]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """All shapes, those of few windows first."""
        lengths: list[int] = []
        while not lengths or lengths[-1] < self.window:
            lengths.append(self.length(lengths[-1] + 1 if lengths else 1))
        for count in COUNTS:
            yield from ((count, length) for length in lengths if count == 1 or count * length <= self.budget)

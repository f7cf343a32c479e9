"""Target error rates, and how many validation rows a threshold for one takes."""

import math

TARGET_ERRORS = (0.01, 0.02, 0.05, 0.1)
# A threshold keeps its target on new reviews like the validation rows in at least 1 - DELTA of all draws of these rows.
DELTA = 0.05


def rows_needed(target_error: float) -> int:
    """The fewest validation rows that can support a target, all of them answered correctly: 299 for 1 %, 59 for 5 %.

    If none of n rows is wrong, the 95 % upper bound of the error rate is 1 - 0.05 ** (1 / n).
    """
    return math.ceil(math.log(DELTA) / math.log1p(-target_error))

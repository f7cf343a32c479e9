"""The difference between two classifiers on the same rows, with a significance test."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from hf_sentiment.metrics.intervals import paired_interval


@dataclass(frozen=True)
class PairedDifference:
    """The second classifier's accuracy minus the first's.

    Attributes:
        both_right, only_first, only_second, both_wrong: rows by which of the two answers them correctly.
        difference: of the accuracies.
        interval: its 95 % interval, see `hf_sentiment.metrics.intervals.paired_interval`.
        p_value: of McNemar's exact test: the probability of so uneven counts of `only_first` and `only_second`, or more
            uneven ones, if both classifiers are equally good.
        differs: whether the difference is statistically significant: a p-value below 0.05.
    """

    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    difference: float
    interval: list[float]
    p_value: float
    differs: bool


def paired_difference(first: np.ndarray, second: np.ndarray) -> PairedDifference:
    """Compute the difference between two classifiers and McNemar's exact test.

    McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages".

    Args:
        first: which rows the first answers correctly, booleans of shape (rows,).
        second: the same for the second.
    """
    both, only_first = int((first & second).sum()), int((first & ~second).sum())
    only_second, neither = int((~first & second).sum()), int((~first & ~second).sum())
    uneven = only_first + only_second
    p_value = float(binomtest(only_first, uneven).pvalue) if uneven else 1.0
    return PairedDifference(
        both_right=both,
        only_first=only_first,
        only_second=only_second,
        both_wrong=neither,
        difference=(only_second - only_first) / len(first),
        interval=paired_interval(both, only_first, only_second, neither),
        p_value=p_value,
        differs=p_value < 0.05,
    )

"""95 % confidence intervals of rates, and of differences between rates."""

import numpy as np
from scipy.stats import binomtest


def wilson_interval(right: int, rows: int) -> list[float]:
    """95 % interval of a rate, [low, high]: Wilson 1927, "Probable inference", JASA 22, computed by scipy."""
    interval = binomtest(right, rows).proportion_ci(confidence_level=0.95, method="wilson")
    return [float(interval.low), float(interval.high)]


def paired_interval(both: int, only_first: int, only_second: int, neither: int) -> list[float]:
    """95 % interval of the second adapter's accuracy minus the first's, measured on the same rows.

    Method 10 of Newcombe 1998, "Improved confidence intervals for the difference between binomial proportions based on
    paired data", Statistics in Medicine 17: Wilson intervals combined through the correlation of the two.

    Args:
        both: rows that both answer correctly.
        only_first: rows that only the first answers correctly.
        only_second: rows that only the second answers correctly.
        neither: rows that neither answers correctly.
    """
    rows = both + only_first + only_second + neither
    first, second = (both + only_first) / rows, (both + only_second) / rows
    (low1, high1), (low2, high2) = (wilson_interval(both + only, rows) for only in (only_first, only_second))
    product = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    covariance: float = both * neither - only_first * only_second
    if covariance > 0:
        # Newcombe's continuity correction for a positive correlation.
        covariance = max(covariance - rows / 2, 0)
    phi = covariance / np.sqrt(product) if product else 0.0

    def reach(one: float, other: float) -> float:
        return float(np.sqrt(max(one**2 - 2 * phi * one * other + other**2, 0.0)))

    difference = second - first
    return [difference - reach(second - low2, high1 - first), difference + reach(high2 - second, first - low1)]

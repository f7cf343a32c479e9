"""Labels on an ordered scale, such as stars: how far off the answers are, beside how many are right."""

import re
from collections.abc import Sequence

import numpy as np

# "3", "-1", "4.5", or a number before words: "1 star", "5 - excellent". Not "1. Billing" and "01 Billing", which number
# things that have no order.
NUMBERED = re.compile(r"(-?(?:0|[1-9]\d*)(?:\.\d+)?)(?:\s*[-:]?\s*[^\W\d_][^\d]*)?")
FEWEST = 3


def scale_of(labels: Sequence[str], *, multi_label: bool = False) -> list[float] | None:
    """The label's numbers, if the labels form an ordered scale, else None.

    The rule is a sure one: there are at least three labels, each is a number or begins with one, and the numbers
    increase in label order. Plain numbers that count from 0, such as 0, 1, 2, are not taken for a scale: they may just
    as well be the codes of classes without an order.

    Args:
        labels: in the order of the head's outputs.
        multi_label: whether a review can have several labels; then no order is assumed.
    """
    found = [NUMBERED.fullmatch(label.strip()) for label in labels]
    if multi_label or len(labels) < FEWEST or None in found:
        return None
    numbers = [float(match[1]) for match in found if match]
    codes = numbers == list(range(len(labels))) and all(label.strip().isdigit() for label in labels)
    increasing = all(low < high for low, high in zip(numbers, numbers[1:], strict=False))
    return numbers if increasing and not codes else None


def measure_ordinal(predictions: np.ndarray, truth: np.ndarray, scale: Sequence[float]) -> dict[str, float | None]:
    """Mean absolute error and quadratic weighted kappa.

    Args:
        predictions: class indices of shape (rows,).
        truth: the same.
        scale: what `scale_of` returned; the error is in its unit, such as stars.

    Returns:
        `mean_absolute_error` and `quadratic_kappa` (Cohen 1968, "Weighted kappa"), with squared distances on the scale,
        where scikit-learn's counts places: without a row of 3 stars, 2 and 4 are two stars apart. The kappa is None if
        all rows and all answers have the same label.
    """
    given, true = (np.asarray(scale, dtype=np.float64)[labels] for labels in (predictions, truth))
    # The mean of the squared distance, if the answers did not depend on the truth.
    expected = given.var() + true.var() + (given.mean() - true.mean()) ** 2
    return {
        "mean_absolute_error": float(np.abs(given - true).mean()),
        "quadratic_kappa": float(1 - ((given - true) ** 2).mean() / expected) if expected else None,
    }

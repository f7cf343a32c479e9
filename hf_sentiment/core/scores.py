"""Turn logits into scores with softmax or sigmoid, in numpy."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FUNCTIONS = ("softmax", "sigmoid", "none")
Floats: TypeAlias = NDArray[np.floating[Any]]


def softmax(logits: Floats) -> Floats:
    """Scores that sum to one over the last axis, in the precision of the logits."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return scores


def sigmoid(logits: Floats) -> Floats:
    """Scores from 0 to 1, each on its own, in the precision of the logits."""
    # exp overflows to infinity for very negative logits; their score is 0, which is right.
    with np.errstate(over="ignore"):
        scores: Floats = 1 / (1 + np.exp(-logits))
    return scores


def to_scores(logits: Floats, *, multi_label: bool, function: str | None = None) -> Floats:
    """Scores of calibrated logits, of the same shape.

    Args:
        logits: of shape (reviews, labels).
        multi_label: whether a review can have several labels; used if `function` is None.
        function: one of FUNCTIONS.
    """
    if function == "none":
        return logits
    if function == "sigmoid" or (function is None and multi_label):
        return sigmoid(logits)
    return softmax(logits)

"""ROC and precision-recall curves, and what each threshold of the score costs, as counts of rows."""

from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.predictions import indicators

# Points of a curve at most: twice this many. More cannot be seen, and report.json holds all of them.
QUANTILES = 51
# With more labels than this, their curves would be unreadable in one picture.
MAX_LABELS = 12


def measure_curves(scores: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> dict[str, dict[str, Any]]:
    """Measure each label's ROC and precision-recall curve, one label against the rest.

    Both follow from the numbers of true and false positives at some thresholds. These are the quantiles of the scores
    of the rows with the label, and of those without it, so that also a rare label's curve has a point each few per
    cent of its rows.

    Args:
        scores: each label's probability, of shape (rows, labels).
        truth: class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.
        config: the adapter's config.

    Returns:
        Label -> `positives` and `negatives` (rows with and without it), `roc_auc`, `average_precision`, and, from the
        highest threshold down, `true_positives` and `false_positives`, which begin with 0 and end with all rows. A
        label that none or all of the rows have has no curve. Empty with more than 12 labels.
    """
    if len(config.labels) > MAX_LABELS:
        return {}
    actual = indicators(truth, config).astype(bool)
    return {
        label: _curve(scores[:, place], actual[:, place])
        for place, label in enumerate(config.labels)
        if 0 < actual[:, place].sum() < len(actual)
    }


def _curve(scores: np.ndarray, actual: np.ndarray) -> dict[str, Any]:
    shares = np.linspace(0, 1, QUANTILES)
    chosen = [np.quantile(scores[rows], shares, method="nearest") for rows in (actual, ~actual)]
    # The lowest score counts all rows in; a curve begins where none is.
    thresholds = np.unique(np.append(np.concatenate(chosen), scores.min()))[::-1]
    return {
        "positives": int(actual.sum()),
        "negatives": int((~actual).sum()),
        "roc_auc": float(roc_auc_score(actual, scores)),
        "average_precision": float(average_precision_score(actual, scores)),
        "true_positives": [0, *_reaching(scores[actual], thresholds)],
        "false_positives": [0, *_reaching(scores[~actual], thresholds)],
    }


def count_by_threshold(
    scores: np.ndarray, predictions: np.ndarray, truth: np.ndarray, config: SentimentConfig
) -> dict[str, Any]:
    """Count, for thresholds of the score in steps of 0.01, what is answered and what of it is correct.

    With one label per review, an answer whose score is below the threshold is withheld. For multi-label, a label is
    given if its own score reaches the threshold, whatever threshold the adapter has for it.

    Args:
        scores: each label's probability, of shape (rows, labels).
        predictions: class indices of shape (rows,); not used for multi-label.
        truth: in the form of the predictions, or zeros and ones of shape (rows, labels).
        config: the adapter's config.

    Returns:
        `thresholds`, `decided` (rows with an answer at each of them), and `labels`: label -> `rows` with it, and at
        each threshold how many answers `gave` it and how many of these were `right`. Empty with more than 12 labels.
    """
    if len(config.labels) > MAX_LABELS:
        return {}
    # No winning label has a lower score than this.
    first = 0 if config.multi_label else int(100 / len(config.labels))
    thresholds = np.arange(first, 100) / 100
    actual = indicators(truth, config).astype(bool)
    given = np.ones_like(actual) if config.multi_label else indicators(predictions, config).astype(bool)
    labels = {}
    for place, label in enumerate(config.labels):
        column, gave = scores[:, place], given[:, place]
        labels[label] = {
            "rows": int(actual[:, place].sum()),
            "gave": _reaching(column[gave], thresholds),
            "right": _reaching(column[gave & actual[:, place]], thresholds),
        }
    return {
        "thresholds": thresholds.tolist(),
        "decided": _reaching(scores.max(axis=1), thresholds),
        "labels": labels,
    }


def _reaching(scores: np.ndarray, thresholds: np.ndarray) -> list[int]:
    """How many of the scores are at least each threshold."""
    return (len(scores) - np.searchsorted(np.sort(scores), thresholds)).tolist()

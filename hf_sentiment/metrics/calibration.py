"""Calibration: whether answers with a score of 0.9 are correct nine times in ten, and the temperature that helps."""

from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_expit, log_softmax
from sklearn.metrics import brier_score_loss

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.predictions import indicators, probabilities

BINS = 15
# The range of the search; a temperature beyond it is a sign of a broken model, not of poor calibration.
LOWEST, HIGHEST = 0.05, 20.0
# The prior of the temperature's logarithm, normal: fine-tuned classifiers are somewhat too sure of themselves. On
# simulated logits whose best temperature is 1, 1.5 or 2.5, with 2 to 20 labels and 10 or 48 rows, it mostly gives other
# rows a lower cross-entropy than no prior, or than smoothed targets (Platt 1999): those of each label give 11 to 13
# instead of 1 for 48 rows of 20 labels.
USUAL, SPREAD = 1.5, 0.5


def fit_temperature(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> float:
    """Fit the temperature: the number to divide logits by, so that the scores are probabilities on these rows.

    It minimizes the cross-entropy: Guo et al. 2017, "On Calibration of Modern Neural Networks". Few rows, above all
    rows that are all correct, would give an extreme temperature; so it has a prior.

    Args:
        logits: uncalibrated, of shape (rows, labels); rows that were not trained on.
        truth: class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.
        config: the adapter's config.
    """
    logits = np.asarray(logits, dtype=np.float64)
    actual = indicators(truth, config)

    def unlikeliness(exponent: float) -> float:
        scaled = logits / np.exp(exponent)
        if config.multi_label:
            seen = log_expit(np.where(actual == 1, scaled, -scaled))
        else:
            seen = log_softmax(scaled, axis=1)[actual == 1]
        return ((exponent - np.log(USUAL)) / SPREAD) ** 2 / 2 - float(seen.sum())

    bounds = (np.log(LOWEST), np.log(HIGHEST))
    return float(np.exp(minimize_scalar(unlikeliness, bounds=bounds, method="bounded").x))


def measure_calibration(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> dict[str, Any]:
    """Measure ECE and Brier score, with and without the temperature, and the bins of a reliability diagram.

    Args:
        logits: calibrated, of shape (rows, labels).
        truth: class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.
        config: with the temperature that the logits were divided by.

    Returns:
        `temperature`, `ece`, `ece_uncalibrated`, `brier`, `brier_uncalibrated` and `bins`.
    """
    raw = logits * config.temperature
    bins = reliability_bins(logits, truth, config)
    return {
        "temperature": config.temperature,
        "ece": expected_calibration_error(bins),
        "ece_uncalibrated": expected_calibration_error(reliability_bins(raw, truth, config)),
        "brier": brier(logits, truth, config),
        "brier_uncalibrated": brier(raw, truth, config),
        "bins": bins,
    }


def reliability_bins(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> list[dict[str, float]]:
    """Sort rows by confidence into bins of equal width; empty bins are omitted.

    For multi-label, every label of every row counts as a row: its score against whether the label is present.

    Args:
        logits: of shape (rows, labels).
        truth: as in `measure_calibration`.
        config: the adapter's config.

    Returns:
        `low`, `high`, `rows`, `confidence` (the mean score) and `accuracy` of each bin.
    """
    scores = probabilities(logits, config)
    if config.multi_label:
        confidence, right = scores.ravel(), truth.ravel()
    else:
        confidence, right = scores.max(axis=1), scores.argmax(axis=1) == truth
    edges = np.linspace(0, 1, BINS + 1)
    place = np.digitize(confidence, edges[1:-1], right=True)
    return [
        {
            "low": float(edges[bin]),
            "high": float(edges[bin + 1]),
            "rows": int(inside.sum()),
            "confidence": float(confidence[inside].mean()),
            "accuracy": float(right[inside].mean()),
        }
        for bin in range(BINS)
        if (inside := place == bin).any()
    ]


def expected_calibration_error(bins: list[dict[str, float]]) -> float:
    """ECE of Guo et al. 2017: the mean distance between accuracy and confidence over bins, weighted by their rows."""
    rows = sum(each["rows"] for each in bins)
    return float(sum(each["rows"] * abs(each["accuracy"] - each["confidence"]) for each in bins) / rows)


def brier(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> float:
    """Brier score as scikit-learn defines it: for two labels half the sum over both; multi-label: the labels' mean."""
    scores = probabilities(logits, config)
    if config.multi_label:
        return float(np.mean((scores - truth) ** 2))
    return float(brier_score_loss(truth, scores, labels=list(range(len(config.labels)))))

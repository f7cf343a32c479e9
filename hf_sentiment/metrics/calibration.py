"""Whether a score of 0.9 is right nine times in ten, and the temperature that makes it so."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_expit, log_softmax
from sklearn.metrics import brier_score_loss

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.predictions import indicators, probabilities

BINS = 15
# Temperatures that are looked at; what lies beyond is no calibration any more.
LOWEST, HIGHEST = 0.05, 20.0


def fit_temperature(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> float:
    """The number to divide logits by, so that their scores are probabilities on these rows.

    That of the least cross-entropy: Guo et al. 2017, "On Calibration of Modern Neural Networks". The targets are those
    of Platt 1999, "Probabilistic Outputs for Support Vector Machines": rows that are all right would else ask for a
    temperature of 0.

    Args:
        logits: not calibrated, of shape (rows, labels), of rows that were not trained on.
        truth: class indices, or rows of zeros and ones where labels go together.
        config: of the adapter.
    """
    logits = np.asarray(logits, dtype=np.float64)
    actual = indicators(truth, config)
    seen = actual.sum(axis=0)
    if config.multi_label:
        target = np.where(actual == 1, (seen + 1) / (seen + 2), 1 / (len(actual) - seen + 2))
    else:
        mine = seen[truth][:, None]
        target = np.where(actual == 1, mine + 1, 1) / (mine + actual.shape[1])

    def cross_entropy(exponent: float) -> float:
        scaled = logits / np.exp(exponent)
        if config.multi_label:
            return -float(np.mean(target * log_expit(scaled) + (1 - target) * log_expit(-scaled)))
        return -float(np.mean((target * log_softmax(scaled, axis=1)).sum(axis=1)))

    bounds = (np.log(LOWEST), np.log(HIGHEST))
    return float(np.exp(minimize_scalar(cross_entropy, bounds=bounds, method="bounded").x))


def measure_calibration(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> dict:
    """ECE and Brier score, with the adapter's temperature and without, and the bins of a reliability diagram.

    Args:
        logits: calibrated, of shape (rows, labels).
        truth: class indices, or rows of zeros and ones where labels go together.
        config: its temperature is what the logits were divided by.
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
    """Rows by how sure the answer is, in bins of equal width, empty ones left out.

    Each has `low`, `high`, `rows`, `confidence` (the mean score) and `accuracy`. Where labels go together, every label
    of every row counts as a row: its score against how often it is there.
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
    """ECE of Guo et al. 2017: the mean distance of accuracy from confidence, over bins, weighted by their rows."""
    rows = sum(each["rows"] for each in bins)
    return float(sum(each["rows"] * abs(each["accuracy"] - each["confidence"]) for each in bins) / rows)


def brier(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> float:
    """Brier score as scikit-learn has it, half the sum over labels where there are two; multi-label: labels' mean."""
    scores = probabilities(logits, config)
    if config.multi_label:
        return float(np.mean((scores - truth) ** 2))
    return float(brier_score_loss(truth, scores, labels=list(range(len(config.labels)))))

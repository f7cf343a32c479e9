"""From logits to what an adapter answers, as arrays over many rows."""

import numpy as np
from scipy.special import expit, softmax

from hf_sentiment.core.config import SentimentConfig


def probabilities(logits: np.ndarray, config: SentimentConfig) -> np.ndarray:
    """Each label's probability, of shape (rows, labels): softmax, or sigmoid where labels go together."""
    logits = np.asarray(logits, dtype=np.float64)
    return expit(logits) if config.multi_label else softmax(logits, axis=1)


def predicted_labels(logits: np.ndarray, config: SentimentConfig) -> np.ndarray:
    """What the adapter answers: class indices, or rows of zeros and ones where labels go together.

    Args:
        logits: calibrated, of shape (rows, labels).
        config: its thresholds (0.5 by default) decide for multi-label adapters.
    """
    if not config.multi_label:
        return logits.argmax(axis=1)
    return (probabilities(logits, config) >= np.array(config.thresholds or [0.5] * len(config.labels))).astype(int)


def one_hot(labels: list[list[int]], count: int) -> np.ndarray:
    """Lists of class indices as rows of zeros and ones, of shape (rows, count)."""
    rows = np.zeros((len(labels), count), dtype=int)
    for row, indices in zip(rows, labels, strict=True):
        row[indices] = 1
    return rows


def true_labels(references: list, config: SentimentConfig) -> np.ndarray:
    """References in the form of `predicted_labels`."""
    return one_hot(references, len(config.labels)) if config.multi_label else np.asarray(references)


def indicators(labels: np.ndarray, config: SentimentConfig) -> np.ndarray:
    """Predictions or references as rows of zeros and ones, of shape (rows, labels), for either kind of adapter."""
    return labels if config.multi_label else np.eye(len(config.labels), dtype=int)[labels]


def right_rows(predictions: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Which rows are right; with several labels, those of which all are."""
    right = predictions == truth
    return right.all(axis=1) if right.ndim == 2 else right

"""From logits to probabilities and predicted labels, as arrays over many rows."""

import numpy as np

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.scores import to_scores


def probabilities(logits: np.ndarray, config: SentimentConfig) -> np.ndarray:
    """Each label's probability, of shape (rows, labels): softmax, or sigmoid for multi-label."""
    return to_scores(np.asarray(logits, dtype=np.float64), multi_label=config.multi_label)


def predicted_labels(logits: np.ndarray, config: SentimentConfig) -> np.ndarray:
    """Predicted class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.

    Args:
        logits: calibrated, of shape (rows, labels).
        config: for multi-label, a label is predicted from its threshold upwards.
    """
    if not config.multi_label:
        return logits.argmax(axis=1)
    return (probabilities(logits, config) >= np.array(config.label_thresholds)).astype(int)


def one_hot(labels: list[list[int]], count: int) -> np.ndarray:
    """Lists of class indices as zeros and ones, of shape (rows, count)."""
    rows = np.zeros((len(labels), count), dtype=int)
    for row, indices in zip(rows, labels, strict=True):
        row[indices] = 1
    return rows


def true_labels(references: list, config: SentimentConfig) -> np.ndarray:
    """References (class indices, or lists of them for multi-label) in the form of `predicted_labels`."""
    return one_hot(references, len(config.labels)) if config.multi_label else np.asarray(references)


def indicators(labels: np.ndarray, config: SentimentConfig) -> np.ndarray:
    """Predictions or references as zeros and ones, of shape (rows, labels), for single-label and multi-label."""
    return labels if config.multi_label else np.eye(len(config.labels), dtype=int)[labels]


def right_rows(predictions: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Which rows are correct, of shape (rows,); a multi-label row is correct if all of its labels are."""
    right = predictions == truth
    return right.all(axis=1) if right.ndim == 2 else right

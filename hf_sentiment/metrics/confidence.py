"""How confident correct and wrong answers are, and the most confident errors."""

from typing import Any

import numpy as np

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.predictions import indicators

HISTOGRAM_BINS = 20
MAX_ERRORS, MAX_CHARACTERS = 20, 200


def score_histogram(confidence: np.ndarray, right: np.ndarray) -> dict[str, list]:
    """Count rows by the winning label's score.

    Args:
        confidence: the winning label's score of each row, of shape (rows,).
        right: whether each answer is correct, of shape (rows,).

    Returns:
        The `edges` of the bins, and how many `right` and `wrong` rows each bin has.
    """
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    return {
        "edges": [float(edge) for edge in edges],
        "right": np.histogram(confidence[right], edges)[0].tolist(),
        "wrong": np.histogram(confidence[~right], edges)[0].tolist(),
    }


def most_confident_errors(
    scores: np.ndarray,
    predictions: np.ndarray,
    truth: np.ndarray,
    config: SentimentConfig,
    rows: list[int],
    texts: list[str] | None,
) -> list[dict[str, Any]]:
    """Find the wrong rows with the highest scores, highest first.

    Args:
        scores: each label's probability, of shape (rows, labels).
        predictions: class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.
        truth: in the form of the predictions.
        config: the adapter's config.
        rows: each row's index in its source.
        texts: each row's text; None leaves texts out of the result.

    Returns:
        `row`, `true`, `predicted`, `score` and `text` (its first 200 characters). The score is that of the predicted
        label; for multi-label it is the largest distance between a label's score and its truth.
    """
    actual, given = indicators(truth, config), indicators(predictions, config)
    if config.multi_label:
        confidence = np.where(actual != given, np.abs(scores - actual), 0).max(axis=1)
    else:
        confidence = np.where(predictions != truth, scores.max(axis=1), 0)
    wrong = (actual != given).any(axis=1)
    order = [index for index in np.argsort(-confidence, kind="stable")[:MAX_ERRORS] if wrong[index]]
    errors = []
    for index in order:
        names = [", ".join(np.array(config.labels)[row[index] == 1]) for row in (actual, given)]
        error = {"row": int(rows[index]), "true": names[0], "predicted": names[1], "score": float(confidence[index])}
        if texts is not None:
            error["text"] = " ".join(texts[index].split())[:MAX_CHARACTERS]
        errors.append(error)
    return errors

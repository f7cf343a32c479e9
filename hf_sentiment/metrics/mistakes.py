"""How sure the right and the wrong answers are, and the surest of the wrong ones."""

import numpy as np

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.predictions import indicators

HISTOGRAM_BINS = 20
MOST_MISTAKES, MOST_LETTERS = 20, 200


def score_histogram(confidence: np.ndarray, right: np.ndarray) -> dict[str, list]:
    """Rows by the winning label's score: `edges` of the bins, and how many `right` and `wrong` rows each has."""
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    return {
        "edges": [float(edge) for edge in edges],
        "right": np.histogram(confidence[right], edges)[0].tolist(),
        "wrong": np.histogram(confidence[~right], edges)[0].tolist(),
    }


def surest_mistakes(
    scores: np.ndarray,
    predictions: np.ndarray,
    truth: np.ndarray,
    config: SentimentConfig,
    rows: list[int],
    texts: list[str] | None,
) -> list[dict]:
    """The wrong rows with the highest scores, highest first.

    Args:
        scores: each label's probability, of shape (rows, labels).
        predictions: class indices, or rows of zeros and ones.
        truth: in the form of the predictions.
        config: of the adapter.
        rows: each row's place in its source.
        texts: each row's text; without them the mistakes have none.

    Returns:
        `row`, `true`, `predicted`, `score` (of the predicted label; where labels go together, how far the score of the
        label that is most wrong lies from the truth) and `text`, cut short.
    """
    actual, given = indicators(truth, config), indicators(predictions, config)
    sure = np.where(actual != given, np.abs(scores - actual), 0).max(axis=1)
    if not config.multi_label:
        sure = np.where(predictions != truth, scores.max(axis=1), 0)
    order = [index for index in np.argsort(-sure, kind="stable")[:MOST_MISTAKES] if (actual != given)[index].any()]
    mistakes = []
    for index in order:
        names = [", ".join(np.array(config.labels)[row[index] == 1]) for row in (actual, given)]
        mistake = {"row": int(rows[index]), "true": names[0], "predicted": names[1], "score": float(sure[index])}
        if texts is not None:
            mistake["text"] = " ".join(texts[index].split())[:MOST_LETTERS]
        mistakes.append(mistake)
    return mistakes

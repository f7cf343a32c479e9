"""Random logits and labels for tests of metrics."""

import numpy as np
from scipy.special import expit, softmax

from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig

TWO, THREE = SentimentConfig(["Negative", "Positive"]), SentimentConfig(["a", "b", "c"])
SEVERAL = SentimentConfig(["joy", "anger", "love"], problem_type=MULTI_LABEL)


def overconfident(
    rng: np.random.Generator, rows: int, config: SentimentConfig, factor: float = 3.0
) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a model that multiplies the true logits by a factor, and labels drawn from the true logits."""
    logits = rng.normal(size=(rows, len(config.labels)), scale=1.5)
    if config.multi_label:
        return factor * logits, (rng.random(logits.shape) < expit(logits)).astype(int)
    truth = (rng.random((rows, 1)) > softmax(logits, axis=1).cumsum(axis=1)).sum(axis=1)
    return factor * logits, np.minimum(truth, len(config.labels) - 1)

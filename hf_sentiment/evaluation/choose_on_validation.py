"""What is chosen on validation rows once an adapter is trained: temperature, thresholds, when to abstain."""

from dataclasses import replace

import numpy as np

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.abstention import choose_abstention
from hf_sentiment.metrics.calibration import fit_temperature
from hf_sentiment.metrics.predictions import predicted_labels, probabilities, right_rows
from hf_sentiment.metrics.thresholds import choose_thresholds


def choose_on_validation(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> SentimentConfig:
    """The config with what these rows say of it.

    They are the rows that the epoch was chosen by too, which makes them look a little better than new ones.

    Args:
        logits: not calibrated, of shape (rows, labels).
        truth: class indices, or rows of zeros and ones where labels go together.
        config: of the adapter.
    """
    config = replace(config, temperature=fit_temperature(logits, truth, config))
    calibrated = logits / config.temperature
    if config.multi_label:
        return replace(config, thresholds=choose_thresholds(calibrated, truth))
    right = right_rows(predicted_labels(calibrated, config), truth)
    return replace(config, abstention=choose_abstention(probabilities(calibrated, config).max(axis=1), right))

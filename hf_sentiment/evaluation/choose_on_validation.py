"""Choices made on validation rows after training: temperature, multi-label thresholds, abstention thresholds."""

from dataclasses import replace

import numpy as np

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.abstention import choose_abstention
from hf_sentiment.metrics.calibration import fit_temperature
from hf_sentiment.metrics.predictions import predicted_labels, probabilities, right_rows
from hf_sentiment.metrics.thresholds import choose_thresholds


def choose_on_validation(logits: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> SentimentConfig:
    """Return a copy of the config with temperature and thresholds fitted on validation rows.

    The epoch was chosen on the same rows, so they look slightly better than unseen rows.

    Args:
        logits: uncalibrated, of shape (rows, labels).
        truth: class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.
        config: the adapter's config.
    """
    config = replace(config, temperature=fit_temperature(logits, truth, config))
    calibrated = logits / config.temperature
    if config.multi_label:
        return replace(config, thresholds=choose_thresholds(calibrated, truth))
    right = right_rows(predicted_labels(calibrated, config), truth)
    return replace(config, abstention=choose_abstention(probabilities(calibrated, config).max(axis=1), right))

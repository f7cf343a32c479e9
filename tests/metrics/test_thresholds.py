"""Thresholds with the highest micro F1."""

from itertools import product

import numpy as np
import pytest
from scipy.special import logit

from hf_sentiment.metrics.thresholds import choose_thresholds


def micro_f1(logits, truth, thresholds):
    predicted = 1 / (1 + np.exp(-logits)) >= np.array(thresholds)
    return 2 * (predicted & (truth == 1)).sum() / (predicted.sum() + truth.sum())


@pytest.mark.parametrize("seed", range(5))
def test_no_other_pair_of_thresholds_has_a_higher_micro_f1(seed):
    draw = np.random.default_rng(seed)
    truth = (draw.random((40, 2)) < [0.5, 0.2]).astype(int)
    logits = 2 * truth + draw.normal(size=truth.shape) - 1
    chosen = choose_thresholds(logits, truth)
    steps = np.linspace(0.01, 0.99, 50)
    best = max(micro_f1(logits, truth, pair) for pair in product(steps, steps))
    assert micro_f1(logits, truth, chosen) >= best
    assert all(0 < threshold < 1 for threshold in chosen)


def test_a_label_with_uninformative_scores_is_not_predicted_everywhere():
    draw = np.random.default_rng(0)
    truth = (draw.random((1000, 3)) < [0.4, 0.1, 0.01]).astype(int)
    logits = np.stack([6 * truth[:, 0] - 3, *draw.normal(-2, 1, (2, 1000))], axis=1)
    predicted = 1 / (1 + np.exp(-logits)) >= np.array(choose_thresholds(logits, truth))
    assert (predicted[:, 0] == truth[:, 0]).all() and predicted[:, 1:].mean() < 0.05


def test_absent_labels_and_equal_scores():
    logits = logit(np.full((4, 3), 0.2))
    truth = np.array([[1, 0, 0], [1, 0, 1], [1, 0, 0], [1, 0, 0]])
    first, absent, last = choose_thresholds(logits, truth)
    assert first < 0.2 < last and absent == 0.5
    assert choose_thresholds(logits, np.zeros((4, 3), int)) == [0.5, 0.5, 0.5]
    # Scores of 0 and of 1 leave room between them.
    sure = choose_thresholds(np.array([[800.0], [-800.0]]), np.array([[1], [0]]))
    assert sure == [0.5]

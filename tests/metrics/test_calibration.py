"""Temperature, calibration error and Brier score."""

import numpy as np
import pytest
from draws import SEVERAL, TWO, overconfident
from scipy.special import expit, softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from hf_sentiment.metrics.calibration import brier, fit_temperature, measure_calibration


def test_rows_that_are_all_correct_leave_the_scores_below_one():
    logits = np.array([[4.0, -4.0], [-4.0, 4.0]] * 50)
    temperature = fit_temperature(logits, np.array([0, 1] * 50), TWO)
    # Platt: 51 of 52 for a class whose 50 rows are all correct.
    assert softmax(logits / temperature, axis=1).max() == pytest.approx(51 / 52, abs=1e-3)


def test_bins_and_brier_equal_scikit_learns():
    rng = np.random.default_rng(1)
    logits, truth = overconfident(rng, 500, TWO)
    scores = softmax(logits, axis=1)
    found = measure_calibration(logits, truth, TWO)
    right, confidence = scores.argmax(axis=1) == truth, scores.max(axis=1)
    accuracies, means = calibration_curve(right, confidence, n_bins=15)
    assert [each["accuracy"] for each in found["bins"]] == pytest.approx(accuracies)
    assert [each["confidence"] for each in found["bins"]] == pytest.approx(means)
    assert sum(each["rows"] for each in found["bins"]) == 500
    assert found["brier"] == pytest.approx(brier_score_loss(truth, scores[:, 1]))
    logits, truth = overconfident(rng, 500, SEVERAL)
    theirs = np.mean([brier_score_loss(truth[:, label], expit(logits[:, label])) for label in range(3)])
    assert brier(logits, truth, SEVERAL) == pytest.approx(theirs)
    # It exists for rows of one class, too.
    assert brier(np.array([[0.0, 0.0]]), np.array([1]), TWO) == pytest.approx(0.25)

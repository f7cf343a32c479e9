"""Temperature, calibration error and Brier score."""

import numpy as np
import pytest
from draws import SEVERAL, TWO, overconfident
from scipy.special import expit, softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.calibration import brier, fit_temperature, measure_calibration


def test_rows_that_are_all_correct_give_no_extreme_temperature():
    logits = np.array([[4.0, -4.0], [-4.0, 4.0]] * 50)
    assert 0.8 < fit_temperature(logits, np.array([0, 1] * 50), TWO) < 1.6


def draw_calibrated(rng, labels: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is exactly the probability of each label, and the truth."""
    truth = rng.integers(labels, size=rows)
    return 2 * (rng.normal(size=(rows, labels)) + 2 * np.eye(labels)[truth]), truth


@pytest.mark.parametrize("labels", [2, 3, 5, 20])
@pytest.mark.parametrize(("rows", "within"), [(48, 1.35), (300, 1.2), (1000, 1.1)])
@pytest.mark.parametrize("true", [1.0, 2.0])
def test_the_temperature_is_found_with_any_number_of_labels(labels, rows, within, true):
    rng, config = np.random.default_rng(labels), SentimentConfig(labels=[str(label) for label in range(labels)])
    draws = [draw_calibrated(rng, labels, rows) for _ in range(15)]
    found = np.median([fit_temperature(true * logits, truth, config) for logits, truth in draws])
    assert true / within < found < true * within


@pytest.mark.parametrize(("rows", "within"), [(48, 1.3), (1000, 1.1)])
def test_the_temperature_is_found_for_several_labels_of_which_most_are_rare(rows, within):
    rng = np.random.default_rng(1)
    config = SentimentConfig(labels=[str(label) for label in range(20)], problem_type="multi_label_classification")
    for _ in range(5):
        logits = rng.normal(-4.0, 2.0, size=(rows, 20))
        truth = (rng.random(logits.shape) < expit(logits)).astype(int)
        assert 1.5 / within < fit_temperature(1.5 * logits, truth, config) < 1.5 * within


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

"""Curves and counts by threshold, compared with scikit-learn's and with counting one by one."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score, roc_curve

from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.metrics.curves import count_by_threshold, measure_curves

THREE = SentimentConfig(["a", "b", "c"])


@pytest.fixture
def rows():
    """Scores of three labels, of which the last is rare, and the true ones."""
    rng = np.random.default_rng(0)
    truth = rng.choice(3, size=2000, p=[0.6, 0.38, 0.02])
    return softmax(rng.normal(size=(2000, 3)) + 2 * np.eye(3)[truth], axis=1), truth


def test_every_point_lies_on_scikit_learns_curve(rows):
    scores, truth = rows
    curves = measure_curves(scores, truth, THREE)
    for place, label in enumerate("abc"):
        curve, actual = curves[label], truth == place
        false, true, _ = roc_curve(actual, scores[:, place], drop_intermediate=False)
        points = {
            (round(x * curve["negatives"]), round(y * curve["positives"])) for x, y in zip(false, true, strict=True)
        }
        mine = list(zip(curve["false_positives"], curve["true_positives"], strict=True))
        assert set(mine) <= points and mine == sorted(mine) and len(mine) <= 104
        assert mine[0] == (0, 0) and mine[-1] == (curve["negatives"], curve["positives"])
        assert curve["roc_auc"] == roc_auc_score(actual, scores[:, place])
        assert curve["average_precision"] == average_precision_score(actual, scores[:, place])
        # The thinned curve has nearly the area of the whole one.
        area = np.trapezoid([y for _, y in mine], [x for x, _ in mine]) / curve["positives"] / curve["negatives"]
        assert area == pytest.approx(curve["roc_auc"], abs=0.005)
    # A rare label's curve has a point for nearly each of its rows.
    assert len(set(curves["c"]["true_positives"])) > 0.9 * min(51, curves["c"]["positives"])


def test_a_label_that_no_row_has_has_no_curve(rows):
    scores, truth = rows
    kept = truth != 2
    assert list(measure_curves(scores[kept], truth[kept], THREE)) == ["a", "b"]
    many = SentimentConfig([str(number) for number in range(13)])
    assert measure_curves(np.ones((2, 13)) / 13, np.array([0, 1]), many) == {}
    assert count_by_threshold(np.ones((2, 13)) / 13, np.array([0, 0]), np.array([0, 1]), many) == {}


def test_counts_by_threshold_are_those_of_the_answers_that_are_left(rows):
    scores, truth = rows
    predictions = scores.argmax(axis=1)
    counted = count_by_threshold(scores, predictions, truth, THREE)
    assert counted["thresholds"][0] == 0.33 and counted["decided"][0] == 2000
    place = counted["thresholds"].index(0.8)
    left = scores.max(axis=1) >= 0.8
    assert 0 < counted["decided"][place] == left.sum() < 2000
    answers = np.where(left, predictions, -1)
    for index, label in enumerate("abc"):
        numbers = counted["labels"][label]
        assert numbers["right"][place] / numbers["gave"][place] == precision_score(truth == index, answers == index)
        assert numbers["right"][place] / numbers["rows"] == recall_score(truth == index, answers == index)


def test_labels_that_go_with_others_are_counted_by_their_own_score():
    config = SentimentConfig(["a", "b"], problem_type=MULTI_LABEL, thresholds=[0.9, 0.1])
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, (500, 2))
    scores = expit(rng.normal(size=(500, 2)) + 2 * truth - 1)
    counted = count_by_threshold(scores, (scores > 0.5).astype(int), truth, config)
    place = counted["thresholds"].index(0.5)
    given = scores >= 0.5
    assert counted["decided"][place] == given.any(axis=1).sum()
    for index, label in enumerate("ab"):
        numbers = counted["labels"][label]
        assert numbers["gave"][place] == given[:, index].sum()
        assert numbers["right"][place] == (given[:, index] & (truth[:, index] == 1)).sum()
    assert measure_curves(scores, truth, config)["a"]["roc_auc"] == roc_auc_score(truth[:, 0], scores[:, 0])

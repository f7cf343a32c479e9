"""Labels on an ordered scale are found by a sure rule, and their metrics are scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, mean_absolute_error

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.evaluation import make_report
from hf_sentiment.metrics.ordinal import scale_of

WHERE = {"dataset": "d", "split": "test", "adapter": "a"}
STARS = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]


@pytest.mark.parametrize(
    ("labels", "scale"),
    [
        (STARS, [1, 2, 3, 4, 5]),
        (["1", "2", "3", "4", "5"], [1, 2, 3, 4, 5]),
        (["0.5", "1.0", "1.5"], [0.5, 1, 1.5]),
        (["-1", "0", "1"], [-1, 0, 1]),
        (["1 - terrible", "2 - fine", "3 - excellent"], [1, 2, 3]),
        (["0 stars", "1 star", "2 stars"], [0, 1, 2]),
        # The codes of any classes.
        (["0", "1", "2"], None),
        (["5", "4", "3"], None),
        (["1", "2"], None),
        (["Negative", "Neutral", "Positive"], None),
        (["1. Billing", "2. Shipping", "3. Other"], None),
        (["01 Billing", "02 Shipping", "03 Other"], None),
        (["1 star", "2 stars", "many"], None),
        (["1", "1.0", "2"], None),
        (["18-25", "26-35", "36-45"], None),
    ],
)
def test_the_rule(labels, scale):
    assert scale_of(labels) == scale
    assert scale_of(labels, multi_label=True) is None


def test_a_report_of_stars_has_its_metrics_with_intervals():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 300)
    logits = np.eye(5)[np.clip(truth + rng.integers(-1, 2, 300), 0, 4)] + rng.normal(0, 0.1, (300, 5))
    report = make_report(logits, truth.tolist(), SentimentConfig(STARS), **WHERE)
    given = logits.argmax(axis=1)
    assert report.mean_absolute_error == pytest.approx(mean_absolute_error(truth, given))
    assert report.quadratic_kappa == pytest.approx(cohen_kappa_score(truth, given, weights="quadratic"))
    for name in ("mean_absolute_error", "quadratic_kappa"):
        low, high = report.intervals[name]
        assert low < getattr(report, name) < high < low + 0.2
    majority = report.baseline["majority_class"]
    assert majority["mean_absolute_error"] > report.mean_absolute_error and majority["quadratic_kappa"] == 0
    text = report.table()
    assert "  mean absolute error         0." in text and "  quadratic weighted kappa    0." in text


def test_the_intervals_are_those_of_resampled_rows():
    rng = np.random.default_rng(1)
    truth, given = rng.integers(0, 3, 80), rng.integers(0, 3, 80)
    report = make_report(np.eye(3)[given], truth.tolist(), SentimentConfig(["1", "2", "4"]), **WHERE)
    drawn = rng.integers(80, size=(300, 80))
    scale = np.array([1, 2, 4])
    errors = np.abs(scale[given] - scale[truth])[drawn].mean(axis=1)
    kappas = [cohen_kappa_score(truth[rows], given[rows], weights="quadratic") for rows in drawn]
    for name, values in (("mean_absolute_error", errors), ("quadratic_kappa", kappas)):
        assert report.intervals[name] == pytest.approx(np.quantile(values, [0.025, 0.975]).tolist(), abs=0.08)


def test_nothing_changes_for_unordered_labels():
    logits = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]])
    report = make_report(logits, [0, 1, 1], SentimentConfig(["a", "b", "c"]), **WHERE)
    assert not {"mean_absolute_error", "quadratic_kappa"} & {*report.to_dict(), *report.intervals}
    assert "kappa" not in report.table() and "  Matthews correlation  " in report.table()


def test_a_missing_star_leaves_the_distance_between_its_neighbours():
    rng = np.random.default_rng(3)
    truth = rng.integers(4, size=300)
    given = np.clip(truth + rng.integers(-1, 2, size=300), 0, 3)
    stars, logits = np.array([1, 2, 4, 5]), 5.0 * np.eye(4)[given]
    report = make_report(logits, truth.tolist(), SentimentConfig(["1", "2", "4", "5"]), **WHERE)
    five = cohen_kappa_score(stars[truth], stars[given], labels=[1, 2, 3, 4, 5], weights="quadratic")
    assert report.quadratic_kappa == pytest.approx(five)
    low, high = report.intervals["quadratic_kappa"]
    assert low < five < high


def test_answers_that_are_all_alike_have_no_kappa():
    report = make_report(np.eye(3)[[1, 1]], [1, 1], SentimentConfig(["1", "2", "3"]), **WHERE)
    assert report.quadratic_kappa is None and report.mean_absolute_error == 0 and "kappa" not in report.table()

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from hf_sentiment import SentimentError, load
from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.evaluation.choose_on_validation import choose_on_validation
from hf_sentiment.metrics.abstention import TARGET_ERRORS, choose_abstention, measure_abstention
from hf_sentiment.metrics.calibration import brier, fit_temperature, measure_calibration

TWO, THREE = SentimentConfig(["Negative", "Positive"]), SentimentConfig(["a", "b", "c"])
SEVERAL = SentimentConfig(["joy", "anger", "love"], problem_type=MULTI_LABEL)


def too_sure(rng, rows: int, config: SentimentConfig, factor: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a model that knows the probabilities and triples them, and labels drawn from these."""
    logits = rng.normal(size=(rows, len(config.labels)), scale=1.5)
    if config.multi_label:
        return factor * logits, (rng.random(logits.shape) < expit(logits)).astype(int)
    truth = (rng.random((rows, 1)) > softmax(logits, axis=1).cumsum(axis=1)).sum(axis=1)
    return factor * logits, np.minimum(truth, len(config.labels) - 1)


@pytest.mark.parametrize("config", [TWO, THREE, SEVERAL], ids=["two", "three", "several"])
def test_a_model_that_is_too_sure_is_mended_on_rows_it_was_not_fitted_on(config):
    rng = np.random.default_rng(0)
    chosen = choose_on_validation(*too_sure(rng, 1000, config), config)
    assert chosen.temperature == pytest.approx(3.0, rel=0.15)
    logits, truth = too_sure(rng, 4000, config)
    found = measure_calibration(logits / chosen.temperature, truth, chosen)
    assert found["ece"] < 0.03 < 0.1 < found["ece_uncalibrated"]
    assert found["brier"] < found["brier_uncalibrated"]


def test_rows_that_are_all_right_leave_the_scores_below_one():
    logits = np.array([[4.0, -4.0], [-4.0, 4.0]] * 50)
    temperature = fit_temperature(logits, np.array([0, 1] * 50), TWO)
    # Platt: 51 of 52 for a class of which all 50 are right.
    assert softmax(logits / temperature, axis=1).max() == pytest.approx(51 / 52, abs=1e-3)


def test_bins_and_brier_equal_scikit_learns():
    rng = np.random.default_rng(1)
    logits, truth = too_sure(rng, 500, TWO)
    scores = softmax(logits, axis=1)
    found = measure_calibration(logits, truth, TWO)
    right, confidence = scores.argmax(axis=1) == truth, scores.max(axis=1)
    accuracies, means = calibration_curve(right, confidence, n_bins=15)
    assert [each["accuracy"] for each in found["bins"]] == pytest.approx(accuracies)
    assert [each["confidence"] for each in found["bins"]] == pytest.approx(means)
    assert sum(each["rows"] for each in found["bins"]) == 500
    assert found["brier"] == pytest.approx(brier_score_loss(truth, scores[:, 1]))
    logits, truth = too_sure(rng, 500, SEVERAL)
    theirs = np.mean([brier_score_loss(truth[:, label], expit(logits[:, label])) for label in range(3)])
    assert brier(logits, truth, SEVERAL) == pytest.approx(theirs)
    # Of rows with one class only there is one too.
    assert brier(np.array([[0.0, 0.0]]), np.array([1]), TWO) == pytest.approx(0.25)


def drawn(rng, rows: int) -> tuple[np.ndarray, np.ndarray]:
    confidence = 0.5 + rng.beta(2, 1, rows) / 2
    return confidence, rng.random(rows) < confidence


def test_the_error_among_the_decided_stays_within_its_target():
    rng = np.random.default_rng(2)
    errors = {target: np.zeros(400) for target in TARGET_ERRORS}
    undecided = {target: np.ones(400) for target in TARGET_ERRORS}
    for run in range(400):
        chosen = choose_abstention(*drawn(rng, 1000))
        for each in measure_abstention(*drawn(rng, 5000), chosen):
            # Where no threshold was found, nothing is decided and nothing is wrong.
            errors[each["target_error"]][run] = each["error"] or 0.0
            undecided[each["target_error"]][run] = each["undecided"]
    for target in TARGET_ERRORS:
        assert errors[target].mean() <= target, target
        # A 95 % bound, looked for at many thresholds, and an error that is itself measured on 5,000 rows.
        assert np.mean(errors[target] > target) < 0.2, target
    # Not by leaving everything undecided: at 10 %, most reviews get an answer.
    assert undecided[0.1].mean() < 0.7


def test_thresholds_by_hand():
    # Clopper and Pearson: with none wrong the bound is 1 - 0.05 ** (1 / rows), 5 % for 59 rows and 10 % for 29.
    confidence = np.linspace(0.99, 0.5, 60)
    right = np.ones(60, dtype=bool)
    assert choose_abstention(confidence[:58], right[:58]) == [{"target_error": 0.1, "threshold": confidence[57]}]
    assert [each["target_error"] for each in choose_abstention(confidence[:59], right[:59])] == [0.05, 0.1]
    # Two wrong ones at the end: what is kept ends before them at 5 %; at 10 % one of them is taken in.
    right[58:] = False
    assert choose_abstention(confidence, right) == [{"target_error": 0.1, "threshold": confidence[58]}]
    assert choose_abstention(confidence, ~right) == []
    # Rows of one score stay together: the wrong ones among them spoil all of them.
    tied = np.array([0.9] * 30 + [0.8] * 10)
    right = np.array([True] * 36 + [False] * 4)
    (ten,) = choose_abstention(tied, right)
    assert ten == {"target_error": 0.1, "threshold": 0.9}
    measured = measure_abstention(tied, right, [ten])[0]
    assert (measured["undecided"], measured["error"]) == (pytest.approx(0.25), 0.0)
    assert measure_abstention(np.array([0.6]), np.array([True]), [ten])[0]["error"] is None


def test_the_pipeline_leaves_reviews_undecided(binary_adapter):
    classify = load(binary_adapter, dtype="float32")
    config = classify.sentiment_config
    assert config.temperature != 1.0 and [each["target_error"] for each in config.abstention] == [0.1]
    texts = ["great lovely happy", "the kettle came with a cable"]
    sure, unsure = (each["score"] for each in classify(texts))
    config.abstention = [{"target_error": 0.05, "threshold": (sure + unsure) / 2}]
    answers = classify(texts, target_error=0.05)
    assert sure > unsure and [each["undecided"] for each in answers] == [False, True]
    assert "undecided" not in classify(texts)[0]
    config.abstention[0]["threshold"] = 1.1
    every = classify(texts[0], top_k=None, target_error=0.05)
    assert [entry["undecided"] for entry in every] == [True, True]
    # Several adapters answer by their own thresholds.
    both = load({"one": binary_adapter, "two": binary_adapter})
    both.members["one"].config.abstention = [{"target_error": 0.05, "threshold": 0.4}]
    both.members["two"].config.abstention = [{"target_error": 0.05, "threshold": 1.1}]
    answers = both(texts[0], target_error=0.05)
    assert (answers["one"]["undecided"], answers["two"]["undecided"]) == (False, True)


def test_a_target_that_is_not_there_is_named(binary_adapter):
    classify = load(binary_adapter, dtype="float32")
    with pytest.raises(SentimentError, match=r"no threshold for target_error 0.03; it has 0.1"):
        classify("great", target_error=0.03)
    classify.sentiment_config.abstention = None
    with pytest.raises(SentimentError, match="no thresholds for target_error"):
        classify("great", target_error=0.05)
    with pytest.raises(SentimentError, match="adapters that give one label"):
        SEVERAL.undecided_below(0.05)
    with pytest.raises(SentimentError, match="an entry is a target_error and a threshold"):
        SentimentConfig(["a", "b"], abstention=[0.5])

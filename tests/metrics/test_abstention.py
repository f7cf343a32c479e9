"""Abstention thresholds keep their target error on other rows."""

import numpy as np
import pytest

from hf_sentiment.core.target_errors import TARGET_ERRORS, rows_needed
from hf_sentiment.metrics.abstention import choose_abstention, exceeds_target, measure_abstention


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
            # Without a threshold nothing is decided, so nothing is wrong.
            errors[each["target_error"]][run] = each["error"] or 0.0
            undecided[each["target_error"]][run] = each["undecided"]
    for target in TARGET_ERRORS:
        # Within noise of 5 %: three standard errors of 400 draws.
        assert np.mean(errors[target] > target) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400), target
    # Yet not everything is undecided: at 10 %, most reviews get an answer.
    assert undecided[0.1].mean() < 0.7


@pytest.mark.parametrize("rows", [100, 300])
def test_trying_many_thresholds_does_not_break_the_promise(rows):
    # Every threshold has the error rate that is just not allowed: any choice is a wrong one.
    rng = np.random.default_rng(3)
    chosen = [
        choose_abstention(rng.random(rows), rng.random(rows) >= target * 1.001)
        for target in TARGET_ERRORS
        for _ in range(300)
    ]
    for place, target in enumerate(TARGET_ERRORS):
        draws = chosen[300 * place : 300 * (place + 1)]
        broken = np.mean([any(each["target_error"] == target for each in draw) for draw in draws])
        assert broken < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300), target


def test_thresholds_by_hand():
    # Clopper and Pearson: with none wrong the bound is 1 - 0.05 ** (1 / rows), 5 % for 59 rows and 10 % for 29.
    assert [rows_needed(target) for target in TARGET_ERRORS] == [299, 149, 59, 29]
    confidence = np.linspace(0.99, 0.5, 60)
    right = np.ones(60, dtype=bool)
    assert choose_abstention(confidence[:58], right[:58]) == [{"target_error": 0.1, "threshold": confidence[57]}]
    assert [each["target_error"] for each in choose_abstention(confidence[:59], right[:59])] == [0.05, 0.1]
    # The last two rows are wrong: they are left undecided, and the others are too few for 5 %.
    right[58:] = False
    assert choose_abstention(confidence, right) == [{"target_error": 0.1, "threshold": confidence[57]}]
    assert choose_abstention(confidence, ~right) == []
    # The first threshold that fails ends the search, however good the rows below it are.
    right[:] = True
    right[:4] = False
    assert choose_abstention(confidence, right) == []
    # Rows with the same score cannot be separated, so the wrong ones among them exclude all.
    tied = np.array([0.9] * 30 + [0.8] * 10)
    right = np.array([True] * 36 + [False] * 4)
    (ten,) = choose_abstention(tied, right)
    assert ten == {"target_error": 0.1, "threshold": 0.9}
    measured = measure_abstention(tied, right, [ten])[0]
    assert (measured["undecided"], measured["error"]) == (pytest.approx(0.25), 0.0)
    assert measure_abstention(np.array([0.6]), np.array([True]), [ten])[0]["error"] is None


def test_an_error_rate_at_its_target_is_seldom_said_to_exceed_it():
    rng = np.random.default_rng(3)
    for target in TARGET_ERRORS:
        for rows in (1, 3, 8, 17, 60, 300):
            wrong = rng.binomial(rows, target, size=300) / rows
            said = [exceeds_target({"target_error": target, "error": each, "undecided": 0.0}, rows) for each in wrong]
            assert np.mean(said) <= 0.04, (target, rows)
    assert exceeds_target({"target_error": 0.05, "error": 0.1, "undecided": 0.5}, 600)

"""Logit adjustment: what is chosen on some rows helps on others, and even classes are left alone."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from hf_sentiment.metrics.logit_adjustment import TAUS, choose_tau, log_shares

UNEVEN = np.array([0.08, 0.12, 0.8])


def drawn(rng, rows: int, shares: np.ndarray, noise: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are the best ones for accuracy: of the evidence in a row, and of the shares of the labels."""
    truth = rng.choice(len(shares), rows, p=shares)
    evidence = (np.eye(len(shares))[truth] + rng.normal(0, noise, (rows, len(shares)))) / noise**2
    return evidence + np.log(shares), truth


def test_rare_labels_gain_on_other_rows():
    rng = np.random.default_rng(0)
    shares = log_shares([80, 120, 800])
    tau = choose_tau(*drawn(rng, 750, UNEVEN), shares)
    assert tau in TAUS[1:]
    logits, truth = drawn(rng, 5000, UNEVEN)
    before, after = logits.argmax(axis=1), (logits - tau * shares).argmax(axis=1)
    assert f1_score(truth, after, average="macro") > f1_score(truth, before, average="macro") + 0.01
    assert (after == truth).mean() > (before == truth).mean() - 0.02


def test_accuracy_limits_the_strength_unless_macro_f1_alone_is_wanted():
    shares = log_shares([80, 120, 800])
    rows = [drawn(np.random.default_rng(seed), 750, UNEVEN) for seed in range(10)]
    kept, free = ([choose_tau(*each, shares, keep_accuracy=keep) for each in rows] for keep in (True, False))
    assert all(one <= other for one, other in zip(kept, free, strict=True)) and kept != free


@pytest.mark.parametrize("shares", [np.full(3, 1 / 3), UNEVEN], ids=["even", "few rows"])
def test_what_does_not_clearly_help_is_left_out(shares):
    # Of even labels every strength gives the same answers; 20 rows show nothing.
    rows = 20 if shares is UNEVEN else 750
    assert choose_tau(*drawn(np.random.default_rng(1), rows, shares), np.log(shares)) == 0


def test_a_label_without_rows_has_a_share():
    assert np.isfinite(log_shares([0, 10])).all()
    assert np.exp(log_shares([0, 10])).sum() == pytest.approx(1)

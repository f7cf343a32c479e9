"""Logit adjustment for uneven classes, chosen on validation rows."""

import numpy as np

# Strengths that are tried: 0 leaves the logits as they are, 1 answers as if every label were equally frequent.
TAUS = (0.0, 0.25, 0.5, 0.75, 1.0)
RESAMPLES, SEED = 300, 42
# A share of the standard error of the accuracy on the validation rows, by which the adjustment may lower it there. With
# logits of TF-IDF from 3,000 Amazon reviews by stars and 40 draws of 750 validation rows, measured on the rows beyond:
# for five stars a quarter raises macro F1 by 6.4 points and accuracy by 0.1 (-0.2 in the worst draw), a half by 7.4
# and -0.2 (-2.1); for three classes both raise them by 8.5 and 0.5 points. For `five-stars` after three epochs, 0 was
# chosen: 0.5 would have raised macro F1 by 2.7 points on 1,500 other rows, and lowered accuracy by 2.2.
ACCEPTED_LOSS = 0.25


def log_shares(counts: list[int]) -> np.ndarray:
    """The log of each label's share of the training rows, of shape (labels,); half a row is added to each label."""
    rows = np.asarray(counts, dtype=np.float64) + 0.5
    return np.log(rows / rows.sum())


def choose_tau(logits: np.ndarray, truth: np.ndarray, shares: np.ndarray, *, keep_accuracy: bool = True) -> float:
    """Choose the strength of the adjustment: logits become `logits - tau * shares`.

    Menon et al. 2021, "Long-tail learning via logit adjustment" (arXiv:2007.07314). A strength is used only if it
    clearly raises macro F1: if 95 % of the bootstrap resamples of these rows agree. Of those, the smallest one is
    chosen whose macro F1 is within one standard error of the best.

    Args:
        logits: uncalibrated, of shape (rows, labels); rows that were not trained on.
        truth: class indices of shape (rows,).
        shares: what `log_shares` returned.
        keep_accuracy: leave out strengths with which the accuracy on these rows falls by more than a quarter of its
            standard error.

    Returns:
        One of TAUS; 0 if none clearly helps.
    """
    drawn = np.random.default_rng(SEED).integers(len(truth), size=(RESAMPLES, len(truth)))
    answers = {tau: (logits - tau * shares).argmax(axis=1) for tau in TAUS}
    f1 = {tau: _macro_f1(given, truth, logits.shape[1], drawn) for tau, given in answers.items()}
    accuracy = {tau: float((given == truth).mean()) for tau, given in answers.items()}
    error = np.sqrt(accuracy[0.0] * (1 - accuracy[0.0]) / len(truth))
    allowed = [
        tau
        for tau in TAUS[1:]
        if np.quantile(f1[tau] - f1[0.0], 0.05) > 0
        and not (keep_accuracy and accuracy[0.0] - accuracy[tau] > ACCEPTED_LOSS * error)
    ]
    if not allowed:
        return 0.0
    best = max(allowed, key=lambda tau: f1[tau].mean())
    return next(tau for tau in allowed if (f1[best] - f1[tau]).mean() <= (f1[best] - f1[tau]).std())


def _macro_f1(given: np.ndarray, truth: np.ndarray, labels: int, drawn: np.ndarray) -> np.ndarray:
    """Macro F1 over the labels that occur, in each resample of the rows."""
    joint = truth * labels + given
    counts = np.stack([np.bincount(joint[rows], minlength=labels**2) for rows in drawn]).reshape(-1, labels, labels)
    both = counts.sum(axis=1) + counts.sum(axis=2)
    hits = np.diagonal(counts, axis1=1, axis2=2)
    f1 = np.divide(2.0 * hits, both, out=np.zeros(both.shape), where=both > 0)
    return f1.sum(axis=1) / (both > 0).sum(axis=1)

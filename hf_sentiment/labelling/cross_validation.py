"""Probabilities of labels from a model that has not seen the row."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.fingerprints import text_key
from hf_sentiment.reviews.labels import MOST_SHOWN

# Of the logistic regression, on features of length 1. With 10, it follows the wrong labels: of 100 changed ones among
# 2,000 Amazon reviews, 63 instead of 70 are then in the first tenth (scripts/benchmark_labelling.py).
INVERSE_REGULARIZATION = 1.0


def rows_to_judge(
    given: NDArray[np.int64], texts: list[str], folds: int, labels: dict[int, str], notes: list[str]
) -> NDArray[np.intp]:
    """The rows whose labels can be judged: those of labels with a text for each fold.

    Args:
        given: the class index of each row, of shape (rows,).
        texts: of the rows.
        folds: of the cross-validation.
        labels: class index -> name.
        notes: a sentence about the other labels is added to it.

    Raises:
        SentimentError: fewer than two labels can be judged.
    """
    found: dict[int, set[str]] = {}
    for index, text in zip(given.tolist(), texts, strict=True):
        found.setdefault(index, set()).add(text_key(text))
    rare = [index for index, keys in found.items() if len(keys) < folds]
    if len(found) - len(rare) < 2:
        raise SentimentError(
            f"{folds} folds need {folds} texts or more of each of two labels: label more reviews, or give fewer "
            "--folds."
        )
    if rare:
        listed = ", ".join(f"{labels[index]} ({len(found[index])})" for index in rare[:MOST_SHOWN])
        more = ", ..." if len(rare) > MOST_SHOWN else ""
        notes.append(f"Labels with fewer than {folds} texts are not judged: {listed}{more}.")
    return np.flatnonzero(~np.isin(given, rare))


def label_probabilities(
    features: NDArray[np.floating], given: NDArray[np.int64], texts: list[str], folds: int, seed: int
) -> NDArray[np.float64]:
    """The probability of each label for each row, by a logistic regression on rows of other texts.

    Args:
        features: of shape (rows, features).
        given: the class index of each row.
        texts: of the rows; those of one `text_key` are in one fold.
        folds: number of folds.
        seed: of the folds.

    Returns:
        Array of shape (rows, labels), where a label that no row has gets 0.
    """
    groups = np.unique([text_key(text) for text in texts], return_inverse=True)[1]
    present = np.unique(given)
    found = cross_val_predict(
        LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=1000),
        features,
        given,
        groups=groups,
        cv=StratifiedGroupKFold(folds, shuffle=True, random_state=seed),
        method="predict_proba",
    )
    probabilities = np.zeros((len(given), int(present[-1]) + 1))
    probabilities[:, present] = found
    return probabilities

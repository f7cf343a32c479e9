"""Accuracy, F1, ROC-AUC, Matthews correlation and so on of one set of predictions, all computed by scikit-learn."""

from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    multilabel_confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.metrics.ordinal import measure_ordinal, scale_of
from hf_sentiment.metrics.predictions import indicators, right_rows


def measure_classification(
    predictions: np.ndarray, truth: np.ndarray, config: SentimentConfig, scores: np.ndarray | None = None
) -> dict[str, Any]:
    """Compute the classification metrics, under the names they have in EvaluationReport.

    Args:
        predictions: class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.
        truth: in the form of the predictions.
        config: the adapter's config.
        scores: each label's probability, of shape (rows, labels); without it there is no ROC-AUC.
    """
    indices = list(range(len(config.labels)))
    columns = precision_recall_fscore_support(truth, predictions, labels=indices, zero_division=np.nan)
    matrix = multilabel_confusion_matrix if config.multi_label else confusion_matrix
    right = int(right_rows(predictions, truth).sum())
    averages = accuracy_and_f1(predictions, truth, config.multi_label)
    scale = scale_of(config.labels, multi_label=config.multi_label)
    return {
        "accuracy": averages["accuracy"],
        "accuracy_interval": wilson_interval(right, len(truth)),
        "macro_f1": averages["macro_f1"],
        "micro_f1": averages.get("micro_f1"),
        "roc_auc": None if scores is None else roc_auc(scores, truth, config),
        "matthews": matthews(predictions, truth, config),
        **(measure_ordinal(predictions, truth, scale) if scale else {}),
        "per_class": {
            label: dict(zip(("precision", "recall", "f1"), map(_or_none, shares), strict=True))
            | {"support": int(support)}
            for label, *shares, support in zip(config.labels, *columns, strict=True)
        },
        "confusion_matrix": matrix(truth, predictions, labels=indices).tolist(),
    }


def accuracy_and_f1(predictions: np.ndarray, truth: np.ndarray, multi_label: bool) -> dict[str, float]:
    """Compute `accuracy`, `macro_f1` and, for multi-label, `micro_f1`.

    A multi-label row counts as correct if all of its labels are. Macro F1 averages over the labels that occur in the
    predictions or the truth; if none does, because no row has a label and none got one, nothing is wrong and F1 is 1.
    """
    found = {"accuracy": float(accuracy_score(truth, predictions)), "macro_f1": _f1(predictions, truth, "macro")}
    if multi_label:
        found["micro_f1"] = _f1(predictions, truth, "micro")
    return found


def _f1(predictions: np.ndarray, truth: np.ndarray, average: str) -> float:
    value = _or_none(f1_score(truth, predictions, average=average, zero_division=np.nan))
    return 1.0 if value is None else value


def _or_none(value: float) -> float | None:
    """The number; None if it is undefined: precision without answers, recall without rows, F1 without either."""
    return None if np.isnan(value) else float(value)


def roc_auc(scores: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> float | None:
    """Area under the ROC curve; with more than two labels, the mean over labels of one against the rest.

    A label that none or all of the rows have has no curve and is left out. None if no label has a curve.
    """
    actual = indicators(truth, config)
    columns = [label for label in range(actual.shape[1]) if 0 < actual[:, label].sum() < len(actual)]
    if not columns:
        return None
    return float(np.mean([roc_auc_score(actual[:, label], scores[:, label]) for label in columns]))


def matthews(predictions: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> float | None:
    """Matthews correlation coefficient; for multi-label, the mean over labels. None if all rows have the same label."""
    if not config.multi_label:
        return float(matthews_corrcoef(truth, predictions)) if len(np.unique(truth)) > 1 else None
    columns = [label for label in range(truth.shape[1]) if 0 < truth[:, label].sum() < len(truth)]
    if not columns:
        return None
    return float(np.mean([matthews_corrcoef(truth[:, label], predictions[:, label]) for label in columns]))

"""The numbers of one set of predictions, all of them scikit-learn's."""

import numpy as np
from sklearn.metrics import (
    confusion_matrix,
    matthews_corrcoef,
    multilabel_confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.metrics.metric import SentimentMetric
from hf_sentiment.metrics.predictions import indicators, right_rows


def count(
    predictions: np.ndarray, truth: np.ndarray, config: SentimentConfig, scores: np.ndarray | None = None
) -> dict:
    """Accuracy, F1, AUC, Matthews, each label's numbers and the confusion matrix, by the names of EvaluationReport.

    Args:
        predictions: class indices, or rows of zeros and ones where labels go together.
        truth: in the form of the predictions.
        config: of the adapter.
        scores: each label's probability, of shape (rows, labels); without it there is no AUC.
    """
    metric = SentimentMetric(config_name="multilabel" if config.multi_label else "single")
    found = metric.compute(predictions=predictions, references=truth)
    indices = list(range(len(config.labels)))
    columns = precision_recall_fscore_support(truth, predictions, labels=indices, zero_division=0)
    matrix = multilabel_confusion_matrix if config.multi_label else confusion_matrix
    right = int(right_rows(predictions, truth).sum())
    return {
        "accuracy": found["accuracy"],
        "accuracy_interval": wilson_interval(right, len(truth)),
        "macro_f1": found["macro_f1"],
        "micro_f1": found.get("micro_f1"),
        "roc_auc": None if scores is None else roc_auc(scores, truth, config),
        "matthews": matthews(predictions, truth, config),
        "per_class": {
            label: {"precision": float(precision), "recall": float(recall), "f1": float(f1), "support": int(support)}
            for label, precision, recall, f1, support in zip(config.labels, *columns, strict=True)
        },
        "confusion_matrix": matrix(truth, predictions, labels=indices).tolist(),
    }


def roc_auc(scores: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> float | None:
    """Area under the ROC curve; the mean over labels, one against the rest, where there are more than two.

    A label that none or all of the rows have has no curve and is left out; where that leaves no label, None.
    """
    actual = indicators(truth, config)
    columns = [label for label in range(actual.shape[1]) if 0 < actual[:, label].sum() < len(actual)]
    if not columns:
        return None
    return float(np.mean([roc_auc_score(actual[:, label], scores[:, label]) for label in columns]))


def matthews(predictions: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> float | None:
    """Matthews' correlation coefficient; the mean over labels where labels go together.

    None for rows of one class only.
    """
    if not config.multi_label:
        return float(matthews_corrcoef(truth, predictions)) if len(np.unique(truth)) > 1 else None
    columns = [label for label in range(truth.shape[1]) if 0 < truth[:, label].sum() < len(truth)]
    if not columns:
        return None
    return float(np.mean([matthews_corrcoef(truth[:, label], predictions[:, label]) for label in columns]))

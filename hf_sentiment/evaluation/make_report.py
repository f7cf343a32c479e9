"""Build an evaluation report from logits and true labels."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
from datasets import Dataset

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.abstention import measure_abstention
from hf_sentiment.metrics.baselines import MAX_ROWS, majority_class
from hf_sentiment.metrics.bootstrap import bootstrap_intervals
from hf_sentiment.metrics.calibration import measure_calibration
from hf_sentiment.metrics.classification import measure_classification
from hf_sentiment.metrics.confidence import most_confident_errors, score_histogram
from hf_sentiment.metrics.curves import count_by_threshold, measure_curves
from hf_sentiment.metrics.paired import paired_difference
from hf_sentiment.metrics.predictions import predicted_labels, probabilities, right_rows, true_labels
from hf_sentiment.metrics.slices import find_slices, measure_slices
from hf_sentiment.reports.report import EvaluationReport
from hf_sentiment.reviews.dataset import source_rows

# With more labels than this, low scores are normal even for correct answers, and "low confidence" is no useful slice.
MAX_LABELS_FOR_LOW_CONFIDENCE = 3


def make_report(
    logits: np.ndarray,
    references: list,
    config: SentimentConfig,
    *,
    dataset: str,
    split: str,
    adapter: str,
    before: np.ndarray | None = None,
    start: np.ndarray | None = None,
    tfidf: np.ndarray | None = None,
    data: Dataset | None = None,
    disagreeing: np.ndarray | None = None,
    texts: bool = False,
    **details: Any,
) -> EvaluationReport:
    """Compute every metric of a report.

    Args:
        logits: calibrated, of shape (rows, labels).
        references: class index of each row, or a list of them for multi-label.
        config: the adapter's config.
        dataset: where the rows come from.
        split: which of its splits.
        adapter: what was evaluated.
        before: logits of the same rows before fine-tuning.
        start: logits of the same rows by the adapter that training started from; for multi-label, shifted so that a
            label's threshold is a score of 0.5.
        tfidf: logits of the same rows by TF-IDF and logistic regression, trained on the adapter's training rows.
        data: the rows, with the columns title and text, for the slices; without them there are none.
        disagreeing: rows whose title alone and text alone get different labels, booleans of shape (rows,).
        texts: include the texts of the most confident errors, taken from `data`.
        **details: further attributes of the report, such as `splits` and `notes`.
    """
    truth, scores = true_labels(references, config), probabilities(logits, config)
    predictions = predicted_labels(logits, config)
    right, confidence = right_rows(predictions, truth), scores.max(axis=1)
    numbers = measure_classification(predictions, truth, config, scores)
    if config.multi_label:
        for label, threshold in zip(config.labels, config.label_thresholds, strict=True):
            numbers["per_class"][label]["threshold"] = threshold
    if data is not None:
        few = not config.multi_label and len(config.labels) <= MAX_LABELS_FOR_LOW_CONFIDENCE
        details["slices"] = measure_slices(find_slices(data, config, confidence if few else None, disagreeing), right)
    rows = list(range(len(truth))) if data is None else source_rows(data)
    shown = data["text"][:] if texts and data is not None else None
    return EvaluationReport(
        rows=len(truth),
        dataset=dataset,
        split=split,
        adapter=adapter,
        labels=config.labels,
        intervals=bootstrap_intervals(scores, predictions, truth, config),
        baseline=_baselines(before, start, tfidf, truth, config, right, details.get("splits") or {}),
        labelled_rows=_learnt_rows(config.provenance),
        starting_adapter=config.provenance.get("starting_adapter"),
        calibration=measure_calibration(logits, truth, config),
        abstention=measure_abstention(confidence, right, config.abstention),
        histogram=score_histogram(confidence, right),
        curves=measure_curves(scores, truth, config) or None,
        by_threshold=count_by_threshold(scores, predictions, truth, config) or None,
        mistakes=most_confident_errors(scores, predictions, truth, config, rows, shown),
        **numbers,
        **details,
    )


def _learnt_rows(provenance: dict[str, Any]) -> int | None:
    """The training rows that an adapter learnt from: none if it is its starting adapter, unchanged."""
    start, arguments = provenance.get("starting_adapter") or {}, provenance.get("arguments") or {}
    trained = arguments.get("epochs") != 0 or arguments.get("max_steps", -1) > 0
    if start.get("labels_fit") and not trained and arguments.get("fit_head") == "never":
        return 0
    return (provenance.get("rows") or {}).get("train")


def _baselines(
    before: np.ndarray | None,
    start: np.ndarray | None,
    tfidf: np.ndarray | None,
    truth: np.ndarray,
    config: SentimentConfig,
    right: np.ndarray,
    splits: dict[str, int],
) -> dict[str, dict[str, Any]]:
    # The adapter's thresholds do not suit another model's scores.
    plain = replace(config, thresholds=None)
    answers = {
        "starting_adapter": _answers(start, plain),
        "before_fine_tuning": _answers(before, config),
        "majority_class": (majority_class(truth), None),
        "tfidf_logistic_regression": _answers(tfidf, plain),
    }
    labelled_rows = {
        "starting_adapter": (config.provenance.get("starting_adapter") or {}).get("rows"),
        "tfidf_logistic_regression": min(splits["train"], MAX_ROWS) if "train" in splits else None,
    }
    found = {}
    for name, answer in answers.items():
        if answer is None:
            continue
        predictions, scores = answer
        numbers = measure_classification(predictions, truth, config, scores)
        numbers["labelled_rows"] = labelled_rows.get(name)
        numbers["paired"] = asdict(paired_difference(right_rows(predictions, truth), right))
        found[name] = {key: value for key, value in numbers.items() if value is not None}
    return found


def _answers(logits: np.ndarray | None, config: SentimentConfig) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Predictions and scores; None without logits."""
    return None if logits is None else (predicted_labels(logits, config), probabilities(logits, config))

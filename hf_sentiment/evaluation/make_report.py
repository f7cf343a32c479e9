"""From logits and true labels to the report."""

from dataclasses import replace

import numpy as np
from datasets import Dataset

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.abstention import measure_abstention
from hf_sentiment.metrics.baselines import majority
from hf_sentiment.metrics.calibration import measure_calibration
from hf_sentiment.metrics.classification import count
from hf_sentiment.metrics.intervals import bootstrap_intervals
from hf_sentiment.metrics.mistakes import score_histogram, surest_mistakes
from hf_sentiment.metrics.predictions import predicted_labels, probabilities, right_rows, true_labels
from hf_sentiment.metrics.slices import find_slices, measure_slices
from hf_sentiment.reports.report import EvaluationReport
from hf_sentiment.reviews.columns import ROW


def make_report(
    logits: np.ndarray,
    references: list,
    config: SentimentConfig,
    *,
    dataset: str,
    split: str,
    adapter: str,
    before: np.ndarray | None = None,
    words: np.ndarray | None = None,
    data: Dataset | None = None,
    disagreeing: np.ndarray | None = None,
    texts: bool = False,
    **details,
) -> EvaluationReport:
    """Count, once the logits are there.

    Args:
        logits: calibrated, of shape (rows, labels).
        references: class index of each row, or a list of them.
        config: of the adapter.
        dataset: where the rows come from.
        split: which of its splits.
        adapter: what was measured.
        before: logits of the same rows before fine-tuning.
        words: logits of the same rows by TF-IDF and logistic regression, trained on the adapter's training rows.
        data: the rows, with the columns title and text, for the slices.
        disagreeing: rows whose title alone is answered otherwise than their text alone.
        texts: show the texts of the mistakes, which come from `data`.
        **details: further attributes of the report, such as `splits` and `notes`.
    """
    truth, scores = true_labels(references, config), probabilities(logits, config)
    predictions = predicted_labels(logits, config)
    right, confidence = right_rows(predictions, truth), scores.max(axis=1)
    numbers = count(predictions, truth, config, scores)
    # Low scores are everyday where many labels share the probability, or none need hold.
    few = not config.multi_label and len(config.labels) < 4
    if config.multi_label:
        for label, threshold in zip(config.labels, config.thresholds or [0.5] * len(config.labels), strict=True):
            numbers["per_class"][label]["threshold"] = threshold
    if data is not None:
        details["slices"] = measure_slices(find_slices(data, config, confidence if few else None, disagreeing), right)
    rows = data[ROW][:] if data is not None and ROW in data.column_names else list(range(len(truth)))
    shown = data["text"][:] if texts and data is not None else None
    return EvaluationReport(
        rows=len(truth),
        dataset=dataset,
        split=split,
        adapter=adapter,
        labels=config.labels,
        intervals=bootstrap_intervals(scores, predictions, truth, config),
        baseline=_baselines(before, words, truth, config),
        calibration=measure_calibration(logits, truth, config),
        abstention=measure_abstention(confidence, right, config.abstention),
        histogram=score_histogram(confidence, right),
        mistakes=surest_mistakes(scores, predictions, truth, config, rows, shown),
        **numbers,
        **details,
    )


def _baselines(
    before: np.ndarray | None, words: np.ndarray | None, truth: np.ndarray, config: SentimentConfig
) -> dict[str, dict]:
    found = {}
    if before is not None:
        found["before_fine_tuning"] = count(
            predicted_labels(before, config), truth, config, probabilities(before, config)
        )
    found["majority_class"] = count(majority(truth), truth, config)
    if words is not None:
        # The adapter's thresholds are no better than 0.5 for another model's scores.
        plain = replace(config, thresholds=None)
        found["tfidf_logistic_regression"] = count(
            predicted_labels(words, plain), truth, plain, probabilities(words, plain)
        )
    return {name: {key: value for key, value in each.items() if value is not None} for name, each in found.items()}

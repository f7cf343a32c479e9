"""Accuracy and F1 as an `evaluate.Metric`, computed locally because `evaluate.load` needs the network."""

from typing import Any

import datasets
import evaluate
import numpy as np

from hf_sentiment.metrics.classification import accuracy_and_f1


class SentimentMetric(evaluate.Metric):
    """Accuracy, macro F1 and, for multi-label, micro F1.

    `compute(predictions=..., references=...)` takes class indices; with `config_name="multilabel"` it takes rows of
    zeros and ones, one column per label, and a row counts as correct if all of its labels are.
    """

    def _info(self) -> evaluate.MetricInfo:
        one = datasets.Value("int32")
        feature = datasets.List(one) if self.config_name == "multilabel" else one
        return evaluate.MetricInfo(
            description="Accuracy and F1 of review labels.",
            citation="",
            inputs_description="predictions and references: class indices, or rows of zeros and ones.",
            features=datasets.Features({"predictions": feature, "references": feature}),
            reference_urls=["https://scikit-learn.org/stable/modules/model_evaluation.html"],
        )

    def _compute(self, predictions: Any, references: Any) -> dict[str, float]:
        multi_label = self.config_name == "multilabel"
        return accuracy_and_f1(np.asarray(predictions), np.asarray(references), multi_label)

"""Accuracy and F1 as an `evaluate.Metric`, computed here: `evaluate.load` needs the network."""

import datasets
import evaluate
from sklearn.metrics import accuracy_score, f1_score


class SentimentMetric(evaluate.Metric):
    """Accuracy, macro F1 and, for reviews with several labels, micro F1.

    `compute(predictions=..., references=...)` takes class indices, or with `config_name="multilabel"` rows of zeros
    and ones, one column per label; a multi-label prediction is right when the whole row is.
    """

    def _info(self):
        one = datasets.Value("int32")
        feature = datasets.List(one) if self.config_name == "multilabel" else one
        return evaluate.MetricInfo(
            description="Accuracy and F1 of review labels.",
            citation="",
            inputs_description="predictions and references: class indices, or rows of zeros and ones.",
            features=datasets.Features({"predictions": feature, "references": feature}),
            reference_urls=["https://scikit-learn.org/stable/modules/model_evaluation.html"],
        )

    def _compute(self, predictions, references):
        scores = {
            "accuracy": float(accuracy_score(references, predictions)),
            "macro_f1": float(f1_score(references, predictions, average="macro", zero_division=0)),
        }
        if self.config_name == "multilabel":
            scores["micro_f1"] = float(f1_score(references, predictions, average="micro", zero_division=0))
        return scores

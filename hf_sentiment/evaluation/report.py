"""EvaluationReport: the numbers of one adapter on one set of rows, as data, as JSON and as a table."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix, precision_recall_fscore_support

from hf_sentiment.config import SentimentConfig
from hf_sentiment.evaluation.metric import SentimentMetric


@dataclass
class EvaluationReport:
    """What an adapter scored. The keys are those of evaluation/report.json.

    Attributes:
        rows: reviews it was measured on.
        dataset, split: where they came from.
        adapter: which adapter.
        labels: in the order of every table below.
        accuracy: share of reviews with the right label, or with exactly the right labels.
        accuracy_interval: 95 % Wilson interval, [low, high].
        macro_f1: mean of the labels' F1.
        per_class: label -> precision, recall, f1, support; multi-label: its threshold too.
        confusion_matrix: rows true, columns predicted. Multi-label: one 2 x 2 matrix per label.
        baseline: the same numbers before fine-tuning, and for always giving the commonest label.
        calibration: the temperature that the logits are divided by.
        slices: parts of the rows with numbers of their own.
        splits: labelled rows that training, choosing and testing each had.
        notes: what a reader of the numbers should know of the rows.
        micro_f1: multi-label only.
    """

    rows: int
    dataset: str
    split: str
    adapter: str
    labels: list[str]
    accuracy: float
    accuracy_interval: list[float]
    macro_f1: float
    per_class: dict[str, dict[str, float]]
    confusion_matrix: list
    baseline: dict[str, dict] = field(default_factory=dict)
    calibration: dict[str, float] = field(default_factory=dict)
    slices: list[dict] = field(default_factory=list)
    splits: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    micro_f1: float | None = None

    def to_dict(self) -> dict:
        """As report.json has it."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def save(self, folder: str | Path) -> None:
        """Write report.json, the pictures and report.html into `folder`, which is made where missing."""
        from hf_sentiment.evaluation.html_report import write_html
        from hf_sentiment.evaluation.pictures import draw_pictures

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
        (folder / "report.json").write_text(text + "\n", encoding="utf-8")
        write_html(self.to_dict(), folder, draw_pictures(self.to_dict(), folder))

    def table(self) -> str:
        """The report as lines for a terminal."""
        low, high = self.accuracy_interval
        lines = [
            f"{self.adapter} on {self.rows} {self.split} reviews of {self.dataset}",
            f"  accuracy  {self.accuracy:7.1%}   95 % interval {low:.1%} to {high:.1%}",
            f"  macro F1  {self.macro_f1:7.1%}",
        ]
        if self.micro_f1 is not None:
            lines.append(f"  micro F1  {self.micro_f1:7.1%}")
        for name, numbers in self.baseline.items():
            lines.append(f"  {name.replace('_', ' ')}: accuracy {numbers['accuracy']:.1%}")
        width = max(len(label) for label in self.labels)
        lines += ["", f"  {'':{width}}  precision  recall      F1  reviews"]
        for label in self.labels:
            row = self.per_class[label]
            shares = f"{row['precision']:9.1%}  {row['recall']:6.1%}  {row['f1']:6.1%}"
            lines.append(f"  {label:{width}}  {shares}  {row['support']:7d}")
        if np.ndim(self.confusion_matrix) == 2:
            cell, indent = max(width, 6), max(width + 4, len("  true \\ predicted") + 2)
            lines += ["", "  true \\ predicted".ljust(indent) + "  ".join(f"{label:>{cell}}" for label in self.labels)]
            for label, row in zip(self.labels, self.confusion_matrix, strict=True):
                lines.append(f"  {label}".ljust(indent) + "  ".join(f"{count:>{cell}}" for count in row))
        return "\n".join(lines)


def predicted_labels(logits: np.ndarray, config: SentimentConfig) -> np.ndarray:
    """What the adapter answers: class indices, or rows of zeros and ones where labels go together.

    Args:
        logits: calibrated, of shape (rows, labels).
        config: its thresholds (0.5 by default) decide for multi-label adapters.
    """
    if not config.multi_label:
        return logits.argmax(axis=1)
    scores = 1 / (1 + np.exp(-logits))
    return (scores >= np.array(config.thresholds or [0.5] * len(config.labels))).astype(int)


def one_hot(labels: list[list[int]], count: int) -> np.ndarray:
    """Lists of class indices as rows of zeros and ones, of shape (rows, count)."""
    rows = np.zeros((len(labels), count), dtype=int)
    for row, indices in zip(rows, labels, strict=True):
        row[indices] = 1
    return rows


def make_report(
    logits: np.ndarray,
    references: list,
    config: SentimentConfig,
    *,
    dataset: str,
    split: str,
    adapter: str,
    before: np.ndarray | None = None,
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
        **details: further attributes of the report, such as `splits` and `notes`.
    """
    truth = one_hot(references, len(config.labels)) if config.multi_label else np.asarray(references)
    numbers = _numbers(predicted_labels(logits, config), truth, config)
    if config.multi_label:
        for label, threshold in zip(config.labels, config.thresholds or [0.5] * len(config.labels), strict=True):
            numbers["per_class"][label]["threshold"] = threshold
    baseline = {"majority_class": _numbers(_majority(truth), truth, config)}
    if before is not None:
        baseline = {"before_fine_tuning": _numbers(predicted_labels(before, config), truth, config), **baseline}
    return EvaluationReport(
        rows=len(truth),
        dataset=dataset,
        split=split,
        adapter=adapter,
        labels=config.labels,
        baseline=baseline,
        calibration={"temperature": config.temperature},
        **numbers,
        **details,
    )


def wilson_interval(right: int, rows: int) -> list[float]:
    """95 % interval of a rate: Wilson 1927, "Probable inference", JASA 22, by scipy."""
    interval = binomtest(right, rows).proportion_ci(confidence_level=0.95, method="wilson")
    return [float(interval.low), float(interval.high)]


def _majority(truth: np.ndarray) -> np.ndarray:
    # Of several labels each, the commonest set of them.
    values, counts = np.unique(truth, axis=0, return_counts=True)
    return np.repeat(values[counts.argmax()][None], len(truth), axis=0)


def _numbers(predictions: np.ndarray, truth: np.ndarray, config: SentimentConfig) -> dict:
    metric = SentimentMetric(config_name="multilabel" if config.multi_label else "single")
    scores = metric.compute(predictions=predictions, references=truth)
    indices = list(range(len(config.labels)))
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predictions, labels=indices, zero_division=0
    )
    matrix = multilabel_confusion_matrix if config.multi_label else confusion_matrix
    right = round(scores["accuracy"] * len(truth))
    return {
        "accuracy": scores["accuracy"],
        "accuracy_interval": wilson_interval(right, len(truth)),
        "macro_f1": scores["macro_f1"],
        "micro_f1": scores.get("micro_f1"),
        "per_class": {
            label: {
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
            }
            for i, label in enumerate(config.labels)
        },
        "confusion_matrix": matrix(truth, predictions, labels=indices).tolist(),
    }

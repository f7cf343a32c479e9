"""EvaluationReport: the numbers of one adapter on one set of rows, as data, as JSON and as a table."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hf_sentiment.reports.terminal import report_lines


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
        roc_auc: area under the ROC curve; the labels' mean where there are more than two, or where they go together.
            None where the rows have one label only.
        matthews: Matthews' correlation coefficient; the labels' mean where they go together. None as roc_auc.
        intervals: 95 % bootstrap intervals of macro_f1, roc_auc, matthews and micro_f1.
        baseline: the same numbers before fine-tuning, for always giving the commonest label, and for TF-IDF with
            logistic regression trained on the same rows.
        calibration: see `hf_sentiment.metrics.calibration.measure_calibration`.
        abstention: see `hf_sentiment.metrics.abstention.measure_abstention`.
        slices: see `hf_sentiment.metrics.slices.measure_slices`.
        histogram: see `hf_sentiment.metrics.mistakes.score_histogram`.
        mistakes: see `hf_sentiment.metrics.mistakes.surest_mistakes`.
        duplicates: rows whose text an earlier row has.
        leaked: rows that the adapter was trained on or chosen by; None where that is not known.
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
    roc_auc: float | None = None
    matthews: float | None = None
    intervals: dict[str, list[float]] = field(default_factory=dict)
    baseline: dict[str, dict] = field(default_factory=dict)
    calibration: dict = field(default_factory=dict)
    abstention: list[dict] = field(default_factory=list)
    slices: list[dict] = field(default_factory=list)
    histogram: dict[str, list] = field(default_factory=dict)
    mistakes: list[dict] = field(default_factory=list)
    duplicates: int = 0
    leaked: int | None = None
    splits: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    micro_f1: float | None = None

    def to_dict(self) -> dict:
        """As report.json has it."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def save(self, folder: str | Path) -> None:
        """Write report.json, the pictures and report.html into `folder`, which is made where missing."""
        from hf_sentiment.reports.html import write_html
        from hf_sentiment.reports.plots import draw_pictures

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
        (folder / "report.json").write_text(text + "\n", encoding="utf-8")
        write_html(self.to_dict(), folder, draw_pictures(self.to_dict(), folder))

    def table(self) -> str:
        """The report as lines for a terminal."""
        return "\n".join(report_lines(self))

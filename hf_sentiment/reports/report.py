"""EvaluationReport: one adapter's numbers on one set of rows, as data, as JSON and as a table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.files.whole_file import whole_file
from hf_sentiment.reports.html import HTML, write_html
from hf_sentiment.reports.plots import PICTURES, draw_pictures
from hf_sentiment.reports.terminal import report_lines

REPORT = "report.json"


@dataclass
class EvaluationReport:
    """The numbers of one evaluation. The keys are those of evaluation/report.json.

    Attributes:
        rows: number of reviews.
        dataset, split: where they come from.
        adapter: which adapter was evaluated.
        labels: in the order of the confusion matrix.
        accuracy: share of reviews with the correct label; for multi-label, with exactly the correct labels.
        accuracy_interval: 95 % Wilson interval, [low, high].
        macro_f1: mean of the labels' F1, of those that occur in the answers or the truth.
        per_class: label -> precision (None without answers), recall (None without reviews), f1 (None without either),
            support; for multi-label also its threshold.
        confusion_matrix: rows true, columns predicted. Multi-label: one 2 x 2 matrix per label.
        roc_auc: area under the ROC curve; with more than two labels, or multi-label, the mean over labels. None if all
            rows have the same label.
        matthews: Matthews correlation coefficient; for multi-label, the mean over labels. None as for roc_auc.
        mean_absolute_error, quadratic_kappa: only for labels on an ordered scale, see
            `hf_sentiment.metrics.ordinal.measure_ordinal`.
        intervals: 95 % intervals of the metrics above but accuracy, and of micro_f1, see
            `hf_sentiment.metrics.bootstrap.bootstrap_intervals`.
        baseline: the same numbers for the starting adapter, before fine-tuning (the base with a newly initialized
            head), for the majority class, and for TF-IDF with logistic regression trained on the same rows. Each has
            `paired`, this adapter's accuracy minus its own, see `hf_sentiment.metrics.paired.PairedDifference`, and
            `labelled_rows`, the number of labelled reviews it was trained on, if that is known.
        calibration: see `hf_sentiment.metrics.calibration.measure_calibration`.
        abstention: see `hf_sentiment.metrics.abstention.measure_abstention`.
        slices: see `hf_sentiment.metrics.slices.measure_slices`.
        histogram: see `hf_sentiment.metrics.confidence.score_histogram`.
        curves: see `hf_sentiment.metrics.curves.measure_curves`; None with many labels.
        by_threshold: see `hf_sentiment.metrics.curves.count_by_threshold`; None with many labels.
        learning_curve: of the run that trained the adapter, see `hf_sentiment.training.learning_curve.learning_curve`;
            None for an evaluation on its own.
        mistakes: see `hf_sentiment.metrics.confidence.most_confident_errors`.
        duplicates: rows whose text an earlier row has.
        leaked: rows that the adapter was trained or validated on; None if that is unknown.
        splits: labelled rows of the training, validation and test split.
        notes: what a reader of the numbers should know about the rows.
        cross_validated_rows: training rows on which temperature and thresholds were chosen beside the validation rows,
            by models of cross-validation that had not seen them; None without such rows.
        labelled_rows: number of labelled reviews that the adapter was trained on, without those of its starting
            adapter; None if that is unknown.
        starting_adapter: what its training started from, see `hf_sentiment.training.starting_adapter.describe_start`;
            None if that was the base.
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
    per_class: dict[str, dict[str, float | None]]
    confusion_matrix: list[Any]
    roc_auc: float | None = None
    matthews: float | None = None
    mean_absolute_error: float | None = None
    quadratic_kappa: float | None = None
    intervals: dict[str, list[float]] = field(default_factory=dict)
    baseline: dict[str, dict[str, Any]] = field(default_factory=dict)
    calibration: dict[str, Any] = field(default_factory=dict)
    abstention: list[dict[str, Any]] = field(default_factory=list)
    slices: list[dict[str, Any]] = field(default_factory=list)
    histogram: dict[str, list] = field(default_factory=dict)
    curves: dict[str, dict[str, Any]] | None = None
    by_threshold: dict[str, Any] | None = None
    learning_curve: dict[str, Any] | None = None
    mistakes: list[dict[str, Any]] = field(default_factory=list)
    duplicates: int = 0
    leaked: int | None = None
    splits: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    cross_validated_rows: int | None = None
    labelled_rows: int | None = None
    starting_adapter: dict[str, Any] | None = None
    micro_f1: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The content of report.json; attributes that are None are left out."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def save(self, folder: str | Path) -> None:
        """Write report.json, the pictures and report.html into `folder`, which is created if missing.

        Raises:
            SentimentError: see `check_report_folder`; or it cannot be written, or the disk is full.
        """
        folder = Path(folder)
        check_report_folder(folder)
        with system_errors_explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            report = self.to_dict()
            # First, because it tells that the folder is one of reports.
            with whole_file(folder / REPORT) as file:
                file.write((json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode())
            draw_pictures(report, folder)
            write_html(report, folder)

    def table(self, texts: Mapping[int, str] | None = None) -> str:
        """The report as lines for a terminal.

        Args:
            texts: row -> its text, shown with the most confident errors where the report itself has no texts.
        """
        return "\n".join(report_lines(self.to_dict(), texts))


def check_report_folder(folder: str | Path) -> None:
    """Check that a report replaces no files but those of an earlier report.

    Raises:
        SentimentError: there are other files with its names, or the folder is a file.
    """
    check_own_files(Path(folder), (REPORT, HTML, *PICTURES), EvaluationReport, "report of an evaluation")


def check_own_files(folder: Path, names: Sequence[str], document: Any, what: str) -> None:
    """Check that files replace only those that were written here before.

    Args:
        folder: where they go; it need not exist.
        names: of the files, the JSON document first.
        document: its dataclass.
        what: it is, for the message.

    Raises:
        SentimentError: there are other files with their names, or the folder is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise SentimentError(f"{folder} is a file, not a folder: give another --output-dir.")
    found = [name for name in names if (folder / name).exists()]
    if found and not _is_document(folder / names[0], document):
        raise SentimentError(f"{folder} holds {', '.join(found)}, but no {what}: give another --output-dir.")


def _is_document(path: Path, document: Any) -> bool:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    always = {each.name for each in fields(document) if each.default is each.default_factory is MISSING}
    return isinstance(content, dict) and always <= content.keys()

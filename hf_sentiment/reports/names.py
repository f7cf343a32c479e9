"""Display names of metrics, baselines and pictures, and the format of their numbers, the same wherever they appear."""

from collections.abc import Sequence
from typing import NamedTuple

MISSING = "-"
THIS_ADAPTER = "this adapter"
TFIDF = "TF-IDF and logistic regression"
BASELINES = {
    "starting_adapter": "starting adapter",
    "before_fine_tuning": "before fine-tuning",
    "majority_class": "majority class",
    "tfidf_logistic_regression": f"{TFIDF}, same rows",
}
# By the name of the picture, without the suffix of its file.
CAPTIONS = {
    "confusion_matrix": "Confusion matrix: true labels in rows, predicted labels in columns.",
    "f1": "F1 of each label.",
    "roc": "ROC curve: how many reviews with the label are found, by how many others are taken for it.",
    "precision_recall": "Precision by recall of each label; a dot shows the adapter's answers.",
    "reliability": "Calibration: accuracy by score, and how many answers have that score.",
    "slices": "Accuracy by kind of review, compared with all reviews.",
    "scores": "Scores of correct and wrong answers.",
    "learning_curve": "Learning curve of the training: loss, and the metric that chose the epoch.",
}


class Metric(NamedTuple):
    """A metric of the report.

    Attributes:
        key: its key in report.json.
        name: its display name.
        is_share: whether it is shown in percent.
    """

    key: str
    name: str
    is_share: bool

    def number(self, value: float | None) -> str:
        """A value of the metric: "90.1 %" or "0.962"; "-" for None."""
        if value is None:
            return MISSING
        return percent(value) if self.is_share else f"{value:.3f}"

    def interval(self, bounds: Sequence[float]) -> str:
        """An interval of the metric: "89.0 to 91.1 %" or "0.951 to 0.967"."""
        return percent_range(bounds) if self.is_share else f"{bounds[0]:.3f} to {bounds[1]:.3f}"


ACCURACY = Metric("accuracy", "accuracy", True)
MACRO_F1 = Metric("macro_f1", "macro F1", True)
# In the order in which they are shown.
METRICS = (
    ACCURACY,
    MACRO_F1,
    Metric("micro_f1", "micro F1", True),
    Metric("roc_auc", "ROC-AUC", False),
    Metric("matthews", "Matthews correlation", False),
    # Only for labels on an ordered scale; the lower the better.
    Metric("mean_absolute_error", "mean absolute error", False),
    Metric("quadratic_kappa", "quadratic weighted kappa", False),
)


def metric_name(key: str) -> str:
    """The display name of a metric, by its key in report.json."""
    return next((metric.name for metric in METRICS if metric.key == key), key.replace("_", " "))


def baseline_name(key: str) -> str:
    """The display name of a baseline, by its key in report.json."""
    return BASELINES.get(key, key.replace("_", " "))


def capitalized(name: str) -> str:
    """A name at the beginning of a line: "macro F1" becomes "Macro F1"."""
    return name[:1].upper() + name[1:]


def count(rows: int | None) -> str:
    """3000 becomes "3,000", None becomes "-"."""
    return MISSING if rows is None else f"{rows:,}"


def percent(share: float | None) -> str:
    """0.9012 becomes "90.1 %", None becomes "-"."""
    return MISSING if share is None else f"{100 * share:.1f} %"


def percent_range(interval: Sequence[float] | None) -> str:
    """[0.89, 0.911] becomes "89.0 to 91.1 %", None becomes "-"."""
    return MISSING if interval is None else f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f} %"


def points(difference: float) -> str:
    """The size of a difference between two shares: 0.152 becomes "15.2 points"."""
    return f"{100 * difference:.1f} points"

"""Pictures of a report, for the card and the app: readable in light and dark, and by the colour-blind."""

from pathlib import Path

import numpy as np

from hf_sentiment.evaluation.report import EvaluationReport

# Many labels are drawn as bars: a matrix of them could not be read.
MATRIX_LABELS = 12


def draw_confusion_matrix(report: EvaluationReport, path: str | Path) -> None:
    """Draw the confusion matrix, or each label's F1 where labels go together or are many."""
    # matplotlib takes half a second; without pyplot it needs no display and keeps no figures.
    from matplotlib.figure import Figure

    matrix = np.array(report.confusion_matrix)
    small = matrix.ndim == 2 and len(report.labels) <= MATRIX_LABELS
    size = (1.6 + 1.1 * len(report.labels),) * 2 if small else (7, 1.5 + 0.3 * len(report.labels))
    # White paper under the picture: transparent ones lose their black text on a dark page.
    figure = Figure(figsize=(max(4.4, size[0]), max(3.8, size[1])), facecolor="white", layout="constrained")
    axes = figure.subplots()
    if small:
        _matrix(axes, matrix, report.labels)
    else:
        _bars(axes, report)
    low, high = report.accuracy_interval
    axes.set_title(f"Accuracy {report.accuracy:.1%} ({low:.1%} to {high:.1%}), {report.rows} reviews", fontsize=10)
    figure.savefig(path, dpi=130)


def _matrix(axes, matrix: np.ndarray, labels: list[str]) -> None:
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    # cividis is made to look the same with and without colour blindness.
    axes.imshow(shares, cmap="cividis", vmin=0, vmax=1)
    for row in range(len(labels)):
        for column in range(len(labels)):
            colour = "black" if shares[row, column] > 0.55 else "white"
            text = f"{matrix[row, column]}\n{shares[row, column]:.1%}"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=11)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("Predicted")
    axes.set_ylabel("True")


def _bars(axes, report: EvaluationReport) -> None:
    labels = sorted(report.labels, key=lambda label: report.per_class[label]["f1"])
    axes.barh(labels, [report.per_class[label]["f1"] for label in labels], color="#00204d")
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1")

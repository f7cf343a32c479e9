"""Pictures of a report for the card, the HTML report and the app, readable on dark pages and when colour-blind.

Each is drawn from a report as in report.json, and omitted if the report lacks its numbers.
"""

from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.reports.curves import draw_learning_curve, draw_precision_recall, draw_roc
from hf_sentiment.reports.names import CAPTIONS, percent, percent_range, points
from hf_sentiment.reports.style import (
    GRID,
    HEIGHT,
    INK,
    MAIN,
    MARKED,
    PAPER,
    QUIET,
    WIDTH,
    error_shade,
    paper,
    percent_axis,
    themed,
)
from hf_sentiment.reports.tables import slice_rows

# More labels than this are drawn as bars, because their matrix would be unreadable.
MATRIX_LABELS = 12
Draw = Callable[[dict[str, Any], Path | StringIO], bool]


def draw_pictures(report: dict[str, Any], folder: str | Path) -> list[str]:
    """Draw every picture for which the report has the numbers.

    Args:
        report: as in report.json.
        folder: where the PNG files go; it must exist.

    Returns:
        The file names, in the order in which they are shown.
    """
    drawn = []
    for name, draw in PICTURES.items():
        if draw(report, Path(folder) / name):
            drawn.append(name)
        else:
            # Remove the picture of an earlier report.
            (Path(folder) / name).unlink(missing_ok=True)
    return drawn


def draw_figures(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Draw the pictures of the HTML report for which it has the numbers.

    Returns:
        The caption and the svg element of each, see `hf_sentiment.reports.style.themed`.
    """
    drawn = []
    for name, draw in FIGURES.items():
        buffer = StringIO()
        if draw(report, buffer):
            drawn.append((CAPTIONS[name], themed(buffer.getvalue(), name, CAPTIONS[name])))
    return drawn


def draw_confusion_matrix(report: dict[str, Any], target: Path | StringIO) -> bool:
    """Draw the confusion matrix, or each label's F1 for multi-label and for many labels.

    Errors are shaded by their share of the reviews with the true label; what is right stays pale.
    """
    matrix, labels = np.array(report["confusion_matrix"]), report["labels"]
    if not has_matrix(report):
        return draw_f1(report, target)
    size = len(labels)
    with paper(target, max(WIDTH, 1.9 + 0.85 * size), max(HEIGHT, 1.2 + 0.6 * size)) as axes:
        shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        for (row, column), count in np.ndenumerate(matrix):
            right = row == column
            colour, opacity = (GRID, 0.6) if right else (MARKED, error_shade(shares[row, column]))
            axes.add_patch(_cell(column, row, colour, opacity))
            text = f"{count:,}\n{percent(shares[row, column])}"
            weight = "normal" if right or not count else "bold"
            axes.text(column, row, text, ha="center", va="center", color=INK, fontweight=weight)
        turned = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if sum(map(len, labels)) > 40 else {}
        axes.set_xticks(range(size), labels, **turned)
        axes.set_yticks(range(size), labels)
        axes.set_xlim(-0.5, size - 0.5)
        axes.set_ylim(size - 0.5, -0.5)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        axes.set_title(_accuracy(report), fontsize=10)
    return True


def has_matrix(report: dict[str, Any]) -> bool:
    """Whether a report has one confusion matrix, of few enough labels to be read."""
    return np.ndim(report["confusion_matrix"]) == 2 and len(report["labels"]) <= MATRIX_LABELS


def _cell(column: int, row: int, colour: str, opacity: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.48, row - 0.47), 0.96, 0.94, facecolor=colour, alpha=opacity, linewidth=0)


def draw_f1(report: dict[str, Any], target: Path | StringIO) -> bool:
    """Draw the F1 of each label that has one, highest first; nothing for a report whose matrix is shown."""
    if has_matrix(report):
        return False
    found = [(report["per_class"][label]["f1"], label) for label in report["labels"]]
    bars = sorted((f1, label) for f1, label in found if f1 is not None)
    with paper(target, WIDTH, max(HEIGHT, 1.2 + 0.26 * len(bars))) as axes:
        axes.barh(range(len(bars)), [f1 for f1, _ in bars], color=MAIN)
        # By place, because a picture of two labels with the same name would have one bar.
        axes.set_yticks(range(len(bars)), [label for _, label in bars])
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(percent_axis)
        axes.grid(axis="x")
        axes.set_xlabel("F1")
        axes.set_title("F1 of each label")
    return True


def draw_reliability(report: dict[str, Any], target: Path | StringIO) -> bool:
    """Draw accuracy by score: on the dashed line, answers with a score of 0.9 are correct nine times in ten."""
    calibration = report.get("calibration", {})
    bins = [each for each in calibration.get("bins") or [] if each["rows"]]
    if not bins:
        return False
    confidence, accuracy, rows = (np.array([each[key] for each in bins]) for key in ("confidence", "accuracy", "rows"))
    limits = np.array([wilson_interval(round(a * n), n) for a, n in zip(accuracy, rows, strict=True)]).T
    low = min(each["low"] for each in bins)
    with paper(target, panels=2, sharex=True, height_ratios=(3, 1)) as (axes, counts):
        axes.plot([low, 1], [low, 1], "--", color=QUIET, linewidth=1, label="perfect calibration")
        axes.errorbar(
            confidence,
            accuracy,
            yerr=np.abs(limits - accuracy),
            fmt="o",
            color=MAIN,
            markersize=5,
            capsize=3,
            elinewidth=1.2,
            label="this adapter, 95 % interval",
        )
        axes.set_ylabel("accuracy")
        axes.yaxis.set_major_formatter(percent_axis)
        # With few reviews, intervals are everywhere in the plot.
        axes.figure.legend(loc="outside lower center", ncols=2, fontsize=8)
        axes.grid()
        axes.set_ylim(max(0, min(low, limits.min())) - 0.03, 1.03)
        title = "Calibration"
        if calibration.get("ece") is not None:
            title += f" error: {points(calibration['ece'])}"
        if (before := calibration.get("ece_uncalibrated")) is not None:
            title += f" ({points(before)} before)"
        axes.set_title(title)
        widths = [each["high"] - each["low"] for each in bins]
        _bars(counts, [each["low"] for each in bins], rows, widths, MAIN)
        counts.margins(y=0.4)
        counts.set_ylabel("reviews")
        counts.set_xlabel("score of the answer")
        counts.set_xlim(low - 0.01, 1.01)
    return True


def draw_slices(report: dict[str, Any], target: Path | StringIO) -> bool:
    """Draw accuracy with its interval for each slice and for all reviews; significant differences are marked."""
    slices = slice_rows(report)[::-1]
    if not slices:
        return False
    with paper(target, 7.2, max(HEIGHT, 1.7 + 0.3 * len(slices))) as axes:
        low, high = report["accuracy_interval"]
        axes.axvspan(low, high, color=GRID, linewidth=0)
        axes.axvline(
            report["accuracy"], color=QUIET, linestyle="--", label=f"all reviews, {percent(report['accuracy'])}"
        )
        for differs, marker, colour, label in (
            (False, "o", MAIN, "no significant difference"),
            (True, "D", MARKED, "significant difference"),
        ):
            places = [place for place, each in enumerate(slices) if bool(each.get("differs")) == differs]
            if not places:
                continue
            values = np.array([slices[place]["accuracy"] for place in places])
            limits = np.array([slices[place]["interval"] for place in places]).T
            axes.errorbar(
                values, places, xerr=np.abs(limits - values), fmt=marker, color=colour, capsize=3, label=label
            )
        axes.set_yticks(range(len(slices)), [f"{each['name']}  ({each['rows']:,})" for each in slices])
        for tick, each in zip(axes.get_yticklabels(), slices, strict=True):
            if each.get("differs"):
                tick.set(color=MARKED, fontweight="bold")
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(min(each["interval"][0] for each in slices) - 0.02, 1.01)
        axes.xaxis.set_major_formatter(percent_axis)
        axes.grid(axis="x")
        axes.set_xlabel("accuracy, with its 95 % interval")
        axes.set_title("Accuracy by kind of review (reviews of each)")
        axes.figure.legend(loc="outside lower center", ncols=3)
    return True


def draw_histogram(report: dict[str, Any], target: Path | StringIO) -> bool:
    """Draw how many correct and how many wrong answers have each score."""
    histogram = report.get("histogram")
    if not histogram:
        return False
    edges = np.array(histogram["edges"])
    both = np.array(histogram["right"]) + np.array(histogram["wrong"])
    first = int(both.nonzero()[0][0]) if both.any() else 0
    with paper(target, panels=2, sharex=True) as panels:
        # Separate scales, because on a shared one a few wrong answers among many correct ones would be invisible.
        kinds = (("right", "correct", MAIN, ""), ("wrong", "wrong", MARKED, "//"))
        for axes, (key, kind, colour, hatch) in zip(panels, kinds, strict=True):
            counts = np.array(histogram[key])
            _bars(axes, edges[first:-1], counts[first:], np.diff(edges[first:]), colour, hatch=hatch)
            axes.set_ylabel("reviews")
            axes.set_title(f"{counts.sum():,} {kind} answers")
            axes.set_xlim(edges[first] - 0.01, 1.01)
        panels[-1].set_xlabel("score of the answer")
    return True


def _bars(
    axes: Any, lefts: Sequence[float] | np.ndarray, counts: np.ndarray, widths: Any, colour: str, hatch: str = ""
) -> None:
    bars = axes.bar(lefts, counts, widths, align="edge", color=colour, edgecolor=PAPER, linewidth=0.6, hatch=hatch)
    # Without its number, a bar of two reviews beside one of a thousand would be invisible.
    texts, turned = [f"{count:,}" if count else "" for count in counts], 90 if len(counts) > 10 else 0
    axes.bar_label(bars, texts, fontsize=8, padding=1, rotation=turned)
    axes.margins(y=0.4 if turned else 0.2)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.get_major_locator().set_params(integer=True)


# File name -> function that draws it, in the order in which the card shows them.
PICTURES: dict[str, Draw] = {
    "confusion_matrix.png": draw_confusion_matrix,
    "reliability.png": draw_reliability,
    "slices.png": draw_slices,
    "scores.png": draw_histogram,
}
# Those of the HTML report, which shows the confusion matrix and the slices as tables.
FIGURES: dict[str, Draw] = {
    "f1": draw_f1,
    "roc": draw_roc,
    "precision_recall": draw_precision_recall,
    "reliability": draw_reliability,
    "scores": draw_histogram,
    "learning_curve": draw_learning_curve,
}


def _accuracy(report: dict[str, Any]) -> str:
    interval = percent_range(report["accuracy_interval"])
    return f"Accuracy {percent(report['accuracy'])} ({interval}), {report['rows']:,} reviews"

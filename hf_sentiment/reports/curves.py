"""The curves of a report: ROC, precision and recall, and the learning curve of the run."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from hf_sentiment.reports.names import metric_name
from hf_sentiment.reports.style import LINES, MAIN, MARKED, QUIET, paper, percent_axis
from hf_sentiment.reports.tables import is_multi_label


def draw_roc(report: dict[str, Any], target: Path | StringIO) -> bool:
    """Draw each label's true positive rate by its false positive rate.

    With two labels of which a review has one, the curve of the other label is the mirror image, and is left out.
    """
    curves = report.get("curves") or {}
    if not curves:
        return False
    mirrored = len(report["labels"]) == 2 and not is_multi_label(report)
    shown = list(curves.items())[-1:] if mirrored else list(curves.items())
    with paper(target) as axes:
        axes.plot([0, 1], [0, 1], "--", color=QUIET, linewidth=1, label="guessing")
        for place, (label, curve) in enumerate(shown):
            false = np.array(curve["false_positives"]) / curve["negatives"]
            true = np.array(curve["true_positives"]) / curve["positives"]
            axes.plot(false, true, label=f"{label}, {curve['roc_auc']:.3f}", **_line(place))
        axes.set_xlabel("false positive rate")
        axes.set_ylabel("true positive rate")
        axes.set_title("ROC curve, area under it")
        _finish(axes, "lower right")
    return True


def draw_precision_recall(report: dict[str, Any], target: Path | StringIO) -> bool:
    """Draw each label's precision by its recall; a dot shows those of the adapter's answers."""
    curves = report.get("curves") or {}
    if not curves:
        return False
    lowest = 1.0
    with paper(target) as axes:
        for place, (label, curve) in enumerate(curves.items()):
            true, false = np.array(curve["true_positives"][1:]), np.array(curve["false_positives"][1:])
            precision, style = true / (true + false), _line(place)
            axes.plot(true / curve["positives"], precision, label=f"{label}, {curve['average_precision']:.3f}", **style)
            # The highest scores are of few rows, of which one wrong one is no sign of a low precision.
            lowest = min(lowest, precision[true >= 0.05 * curve["positives"]].min(initial=1.0))
            answered = report["per_class"][label]
            if answered["precision"] is not None:
                axes.plot(answered["recall"], answered["precision"], "o", color=style["color"], markersize=6)
                lowest = min(lowest, answered["precision"])
        axes.set_xlabel("recall")
        axes.set_ylabel("precision")
        axes.set_title("Precision and recall, average precision")
        _finish(axes, "lower left")
        axes.set_ylim(max(0, np.floor(10 * lowest) / 10) - 0.02, 1.02)
    return True


def draw_learning_curve(report: dict[str, Any], target: Path | StringIO) -> bool:
    """Draw the loss on training and validation reviews, and the metric that chose the epoch, by epoch."""
    curve = report.get("learning_curve") or {}
    if not curve:
        return False
    training = [each for each in curve["training"] if {"epoch", "loss"} <= each.keys()]
    validation = [each for each in curve["validation"] if {"epoch", "value"} <= each.keys()]
    kept = [each["epoch"] for each in validation if each["step"] == curve["kept_step"]]
    with paper(target, panels=2, sharex=True) as (losses, values):
        losses.plot(*_columns(training, "loss"), color=MAIN, linewidth=1.5, label="training")
        losses.plot(*_columns(validation, "loss"), "s--", color=MARKED, markersize=4, linewidth=1.5, label="validation")
        losses.set_ylabel("loss")
        losses.set_title("Learning curve")
        losses.legend(loc="upper right")
        values.plot(*_columns(validation, "value"), "s--", color=MARKED, markersize=4, linewidth=1.5)
        values.set_ylabel(f"validation\n{metric_name(curve['metric'])}")
        values.yaxis.set_major_formatter(percent_axis)
        values.set_xlabel("epoch")
        for axes in (losses, values):
            axes.grid(axis="y")
            if kept:
                axes.axvline(kept[0], color=QUIET, linestyle=":", linewidth=1)
        if kept:
            values.annotate(
                "kept", (kept[0], 0), xycoords=("data", "axes fraction"), xytext=(-4, 4), textcoords="offset points",
                ha="right", color=QUIET, fontsize=9,
            )  # fmt: skip
    return True


def _columns(points: list[dict[str, float]], key: str) -> tuple[list[float], list[float]]:
    there = [point for point in points if key in point]
    return [point["epoch"] for point in there], [point[key] for point in there]


def _line(place: int) -> dict[str, Any]:
    return {"color": LINES[place % len(LINES)], "linestyle": "-" if place < len(LINES) else "--", "linewidth": 1.8}


def _finish(axes: Any, place: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(percent_axis)
    axes.yaxis.set_major_formatter(percent_axis)
    axes.grid()
    many = len(axes.get_lines()) > 6
    axes.legend(loc=place, fontsize=7 if many else 9, ncols=2 if many else 1)

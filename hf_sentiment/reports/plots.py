"""Pictures of a report for the card, the HTML report and the app, readable on dark pages and when colour-blind.

Each is drawn from a report as in report.json, and omitted if the report lacks its numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.reports.names import percent, percent_range, points

# More labels than this are drawn as bars, because their matrix would be unreadable.
MATRIX_LABELS = 12
# Dark blue and orange are distinct for every kind of colour vision; shapes repeat the distinction.
MAIN, MARKED, QUIET = "#00306f", "#d55e00", "#6b7280"
STYLE: dict[Any, Any] = {
    # On a dark page, the black text of a transparent picture would be invisible.
    "figure.facecolor": "white",
    "savefig.dpi": 144,
    "font.size": 10,
    # A dollar sign in a label is no formula.
    "text.parse_math": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.axisbelow": True,
    "grid.color": "#e5e7eb",
    "legend.frameon": False,
}


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


@contextmanager
def paper(path: Path, width: float, height: float, panels: int = 1, **options: Any) -> Iterator[Any]:
    """Yield the axes of a new figure (an array of them for several panels) and save it; sizes in inches."""
    # Importing matplotlib takes half a second. Without pyplot it needs no display and keeps no figures in memory.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure.subplots(panels, **options)
        figure.savefig(path)


def draw_confusion_matrix(report: dict[str, Any], path: Path) -> bool:
    """Draw the confusion matrix, or each label's F1 for multi-label and for many labels."""
    matrix, labels = np.array(report["confusion_matrix"]), report["labels"]
    if matrix.ndim != 2 or len(labels) > MATRIX_LABELS:
        return _draw_f1(report, path)
    side = 2 + 0.95 * len(labels)
    with paper(path, max(5.4, side + 0.6), max(4, side)) as axes:
        shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        # cividis looks nearly the same with and without colour blindness.
        axes.imshow(shares, cmap="cividis", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(matrix):
            colour = "black" if shares[row, column] > 0.55 else "white"
            text = f"{count:,}\n{percent(shares[row, column])}"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=11)
        turned = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if sum(map(len, labels)) > 40 else {}
        axes.set_xticks(range(len(labels)), labels, **turned)
        axes.set_yticks(range(len(labels)), labels)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        axes.set_title(_accuracy(report))
    return True


def _draw_f1(report: dict[str, Any], path: Path) -> bool:
    labels = sorted(report["labels"], key=lambda label: report["per_class"][label]["f1"])
    with paper(path, 7, 1.5 + 0.3 * len(labels)) as axes:
        axes.barh(labels, [report["per_class"][label]["f1"] for label in labels], color=MAIN)
        axes.set_xlim(0, 1)
        axes.grid(axis="x")
        axes.set_xlabel("F1")
        axes.set_title(_accuracy(report))
    return True


def draw_reliability(report: dict[str, Any], path: Path) -> bool:
    """Draw accuracy by score: on the dashed line, answers with a score of 0.9 are correct nine times in ten."""
    calibration = report.get("calibration", {})
    bins = [each for each in calibration.get("bins") or [] if each["rows"]]
    if not bins:
        return False
    confidence, accuracy, rows = (np.array([each[key] for each in bins]) for key in ("confidence", "accuracy", "rows"))
    limits = np.array([wilson_interval(round(a * n), n) for a, n in zip(accuracy, rows, strict=True)]).T
    low = min(each["low"] for each in calibration["bins"])
    with paper(path, 5.4, 4.8, 2, sharex=True, height_ratios=(4, 1)) as (axes, counts):
        axes.plot([low, 1], [low, 1], "--", color=QUIET, label="perfect calibration")
        axes.errorbar(
            confidence,
            accuracy,
            yerr=np.abs(limits - accuracy),
            fmt="o",
            color=MAIN,
            markersize=6,
            capsize=3,
            elinewidth=1.2,
            label="this adapter, 95 % interval",
        )
        axes.set_ylabel("accuracy")
        axes.figure.legend(loc="outside lower center", ncols=2)
        axes.grid()
        axes.set_ylim(min(low, limits.min()) - 0.03, 1.03)
        title = "Calibration"
        if calibration.get("ece") is not None:
            title += f" error: {points(calibration['ece'])}"
        if (before := calibration.get("ece_uncalibrated")) is not None:
            title += f" ({points(before)} before)"
        axes.set_title(title)
        widths = [each["high"] - each["low"] for each in bins]
        _bars(counts, [each["low"] for each in bins], rows, widths, MAIN)
        counts.set_ylabel("reviews")
        counts.set_xlabel("score of the answer")
        counts.set_xlim(low - 0.01, 1.01)
    return True


def draw_slices(report: dict[str, Any], path: Path) -> bool:
    """Draw accuracy with its interval for each slice and for all reviews; significant differences are marked."""
    slices = sorted((each for each in report.get("slices") or [] if each["rows"]), key=lambda each: -each["accuracy"])
    if not slices:
        return False
    with paper(path, 7.2, 1.7 + 0.32 * len(slices)) as axes:
        low, high = report["accuracy_interval"]
        axes.axvspan(low, high, color="#e5e7eb", linewidth=0)
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
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        axes.grid(axis="x")
        axes.set_xlabel("accuracy, with its 95 % interval")
        axes.set_title("Accuracy by kind of review (reviews of each)")
        axes.figure.legend(loc="outside lower center", ncols=3, fontsize=9)
    return True


def draw_histogram(report: dict[str, Any], path: Path) -> bool:
    """Draw how many correct and how many wrong answers have each score."""
    histogram = report.get("histogram")
    if not histogram:
        return False
    edges = np.array(histogram["edges"])
    with paper(path, 5.4, 4.4, 2, sharex=True) as panels:
        # Separate scales, because on a shared one a few wrong answers among many correct ones would be invisible.
        kinds = (("right", "correct", MAIN, ""), ("wrong", "wrong", MARKED, "//"))
        for axes, (key, kind, colour, hatch) in zip(panels, kinds, strict=True):
            counts = np.array(histogram[key])
            _bars(axes, edges[:-1], counts, np.diff(edges), colour, hatch=hatch)
            axes.set_ylabel("reviews")
            axes.set_title(f"{counts.sum():,} {kind} answers")
            axes.yaxis.get_major_locator().set_params(integer=True)
        panels[-1].set_xlabel("score of the answer")
    return True


def _bars(
    axes: Any, lefts: Sequence[float] | np.ndarray, counts: np.ndarray, widths: Any, colour: str, hatch: str = ""
) -> None:
    bars = axes.bar(lefts, counts, widths, align="edge", color=colour, edgecolor="white", linewidth=0.6, hatch=hatch)
    # Without its number, a bar of two reviews beside one of a thousand would be invisible.
    axes.bar_label(bars, [f"{count:,}" if count else "" for count in counts], fontsize=8, padding=1)
    axes.margins(y=0.2)


# File name -> function that draws it, in the order in which they are shown.
PICTURES: dict[str, Callable[[dict[str, Any], Path], bool]] = {
    "confusion_matrix.png": draw_confusion_matrix,
    "reliability.png": draw_reliability,
    "slices.png": draw_slices,
    "scores.png": draw_histogram,
}


def _accuracy(report: dict[str, Any]) -> str:
    interval = percent_range(report["accuracy_interval"])
    return f"Accuracy {percent(report['accuracy'])} ({interval}), {report['rows']:,} reviews"

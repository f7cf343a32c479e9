"""A report as lines for a terminal."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hf_sentiment.reports.names import (
    ACCURACY,
    METRICS,
    THIS_ADAPTER,
    baseline_name,
    percent,
    percent_range,
    points,
)
from hf_sentiment.reports.tables import labelled_rows, slice_rows
from hf_sentiment.reports.wording import about_start, missed_targets, missing_targets, shortfalls

MAX_ERRORS = 5


def report_lines(report: dict[str, Any], texts: Mapping[int, str] | None = None) -> list[str]:
    """Render a report as in report.json; notes on the rows come directly after the accuracy.

    Args:
        report: as a dictionary.
        texts: row -> its text, for the most confident errors of a report without texts.
    """
    interval = percent_range(report["accuracy_interval"])
    width = max(len(metric.name) for metric in METRICS if report.get(metric.key) is not None)
    lines = [
        f"{report['adapter']} on {report['rows']} {report['split']} reviews of {report['dataset']}",
        f"  {ACCURACY.name:{width}}  {percent(report['accuracy']):>7}   95 % interval {interval}",
    ]
    lines += [f"  {note}" for note in report.get("notes") or []]
    for metric in METRICS[1:]:
        if (value := report.get(metric.key)) is not None:
            bounds = (report.get("intervals") or {}).get(metric.key)
            line = f"  {metric.name:{width}}  {metric.number(value):>7}"
            lines.append(line + (f"   {metric.interval(bounds)}" if bounds else ""))
    for key, numbers in (report.get("baseline") or {}).items():
        seen = f", from {numbers['labelled_rows']:,} labelled reviews" if "labelled_rows" in numbers else ""
        lines.append(f"  {baseline_name(key)}: accuracy {percent(numbers['accuracy'])}{seen}")
    if report.get("labelled_rows"):
        lines.append(f"  labelled reviews that {THIS_ADAPTER} has seen: {labelled_rows(report)}")
    lines += [f"  {line}" for line in (*about_start(report), *shortfalls(report))]
    lines += [*_labels(report), *_calibration(report), *_abstention(report), *_slices(report)]
    return lines + _errors(report, texts or {})


def _labels(report: dict[str, Any]) -> list[str]:
    labels = report["labels"]
    width = max(len(label) for label in labels)
    lines = ["", f"  {'':{width}}  precision   recall       F1  reviews"]
    for label in labels:
        row = report["per_class"][label]
        shares = f"{percent(row['precision']):>9}  {percent(row['recall']):>7}  {percent(row['f1']):>7}"
        lines.append(f"  {label:{width}}  {shares}  {row['support']:7d}")
    if np.ndim(report["confusion_matrix"]) == 2:
        cell, indent = max(width, 6), max(width + 4, len("  true \\ predicted") + 2)
        lines += ["", "  true \\ predicted".ljust(indent) + "  ".join(f"{label:>{cell}}" for label in labels)]
        for label, row in zip(labels, report["confusion_matrix"], strict=True):
            lines.append(f"  {label}".ljust(indent) + "  ".join(f"{count:>{cell}}" for count in row))
    return lines


def _calibration(report: dict[str, Any]) -> list[str]:
    found = report.get("calibration") or {}
    if "ece" not in found:
        return []
    return [
        "",
        f"  calibration error {points(found['ece'])} ({points(found['ece_uncalibrated'])} without the temperature "
        f"{found['temperature']:.2f}), Brier score {found['brier']:.3f} ({found['brier_uncalibrated']:.3f})",
    ]


def _abstention(report: dict[str, Any]) -> list[str]:
    lines = []
    for each in report.get("abstention") or []:
        line = f"  target error {100 * each['target_error']:g} %: {percent(each['undecided'])} undecided"
        if each["error"] is not None:
            line += f", error among the rest {percent(each['error'])} ({percent_range(each['error_interval'])})"
        lines.append(line)
    lines += [f"  {line}" for line in (*missed_targets(report), *missing_targets(report))]
    return ["", *lines] if lines else []


def _slices(report: dict[str, Any]) -> list[str]:
    slices = slice_rows(report)
    if not slices:
        return []
    width = max(len(each["name"]) for each in slices)
    lines = ["", f"  {'slice':{width}}  reviews  accuracy  95 % interval      to the rest  p (Holm)"]
    for each in slices:
        difference = f"{100 * each['difference']:+.1f} points"
        cells = f"{percent(each['accuracy']):>8}  {percent_range(each['interval']):16}  {difference:>12}"
        marked = " *" if each["differs"] else ""
        lines.append(f"  {each['name']:{width}}  {each['rows']:7d}  {cells}  {each['p_value']:8.3f}{marked}")
    return lines


def _errors(report: dict[str, Any], texts: Mapping[int, str]) -> list[str]:
    errors = report.get("mistakes") or []
    lines = ["", "  most confident errors"] if errors else []
    for each in errors[:MAX_ERRORS]:
        # A report that is published has no texts.
        text = " ".join((each.get("text") or texts.get(each["row"], "")).split())[:80]
        answer = f"{each['true']} predicted as {each['predicted']} ({each['score']:.2f})"
        # From 1, as in the tables of `audit` and `suggest`.
        lines.append(f"  row {each['row'] + 1}: {answer}  {text}".rstrip())
    return lines

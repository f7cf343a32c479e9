"""A report as lines for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hf_sentiment.reports.report import EvaluationReport

SCORES = {"macro_f1": "macro F1", "micro_f1": "micro F1", "roc_auc": "ROC-AUC", "matthews": "Matthews"}
MOST_MISTAKES = 5


def report_lines(report: EvaluationReport) -> list[str]:
    """All of a report that a reader in a terminal can take in; warnings stand beside the accuracy."""
    low, high = report.accuracy_interval
    lines = [
        f"{report.adapter} on {report.rows} {report.split} reviews of {report.dataset}",
        f"  accuracy  {report.accuracy:7.1%}   95 % interval {low:.1%} to {high:.1%}",
    ]
    lines += [f"  {note}" for note in report.notes]
    for name, shown in SCORES.items():
        if (value := getattr(report, name)) is not None:
            bounds = report.intervals.get(name)
            lines.append(f"  {shown:8}  {value:7.1%}" + (f"   {bounds[0]:.1%} to {bounds[1]:.1%}" if bounds else ""))
    for name, numbers in report.baseline.items():
        lines.append(f"  {name.replace('_', ' ')}: accuracy {numbers['accuracy']:.1%}")
    return lines + _labels(report) + _calibration(report) + _abstention(report) + _slices(report) + _mistakes(report)


def _labels(report: EvaluationReport) -> list[str]:
    width = max(len(label) for label in report.labels)
    lines = ["", f"  {'':{width}}  precision  recall      F1  reviews"]
    for label in report.labels:
        row = report.per_class[label]
        shares = f"{row['precision']:9.1%}  {row['recall']:6.1%}  {row['f1']:6.1%}"
        lines.append(f"  {label:{width}}  {shares}  {row['support']:7d}")
    if np.ndim(report.confusion_matrix) == 2:
        cell, indent = max(width, 6), max(width + 4, len("  true \\ predicted") + 2)
        lines += ["", "  true \\ predicted".ljust(indent) + "  ".join(f"{label:>{cell}}" for label in report.labels)]
        for label, row in zip(report.labels, report.confusion_matrix, strict=True):
            lines.append(f"  {label}".ljust(indent) + "  ".join(f"{count:>{cell}}" for count in row))
    return lines


def _calibration(report: EvaluationReport) -> list[str]:
    found = report.calibration
    if "ece" not in found:
        return []
    return [
        "",
        f"  calibration error {found['ece']:.1%} ({found['ece_uncalibrated']:.1%} without the temperature "
        f"{found['temperature']:.2f}), Brier score {found['brier']:.3f} ({found['brier_uncalibrated']:.3f})",
    ]


def _abstention(report: EvaluationReport) -> list[str]:
    lines = [""] if report.abstention else []
    for each in report.abstention:
        line = f"  for an error of {each['target_error']:.0%}: {each['undecided']:.1%} left undecided"
        if each["error"] is not None:
            low, high = each["error_interval"]
            line += f", error among the rest {each['error']:.1%} ({low:.1%} to {high:.1%})"
        lines.append(line)
    return lines


def _slices(report: EvaluationReport) -> list[str]:
    if not report.slices:
        return []
    width = max(len(each["name"]) for each in report.slices)
    lines = ["", f"  {'slice':{width}}  reviews  accuracy  95 % interval       to the rest  p (Holm)"]
    for each in report.slices:
        low, high = each["interval"]
        line = f"  {each['name']:{width}}  {each['rows']:7d}  {each['accuracy']:8.1%}  {f'{low:.1%} to {high:.1%}':18}"
        points = f"{100 * each['difference']:+.1f} points"
        lines.append(f"{line}  {points:>11}  {each['p_value']:8.3f}{' *' if each['differs'] else ''}")
    return lines


def _mistakes(report: EvaluationReport) -> list[str]:
    lines = ["", "  surest mistakes"] if report.mistakes else []
    for each in report.mistakes[:MOST_MISTAKES]:
        text = f"  {each['text'][:80]}" if "text" in each else ""
        lines.append(f"  row {each['row']}: {each['true']} taken for {each['predicted']} ({each['score']:.2f}){text}")
    return lines

"""The tables of a report, as headings and rows of text; the terminal, the card, the HTML report and the app draw them.

Every function takes a report as in report.json. A table is empty if the report lacks its numbers.
"""

from typing import Any, NamedTuple

from hf_sentiment.metrics.cues import MIN_ROWS
from hf_sentiment.reports.names import (
    ACCURACY,
    MACRO_F1,
    METRICS,
    MISSING,
    THIS_ADAPTER,
    baseline_name,
    count,
    percent,
    percent_range,
)

INTERVAL = "95 % interval"


class Table(NamedTuple):
    """Headings, and rows of as many cells each."""

    headings: list[str]
    rows: list[list[str]]


def comparison_table(report: dict[str, Any]) -> Table:
    """This adapter and its baselines, with every metric that the report has, and the labelled reviews each has seen."""
    named = [(THIS_ADAPTER, report)]
    named += [(baseline_name(key), numbers) for key, numbers in report.get("baseline", {}).items()]
    others = [metric for metric in METRICS[1:] if report.get(metric.key) is not None]
    seen = [labelled_rows(report), *(count(each.get("labelled_rows")) for _, each in named[1:])]
    rows = [
        [
            name,
            ACCURACY.number(numbers.get("accuracy")),
            percent_range(numbers.get("accuracy_interval")),
            *(metric.number(numbers.get(metric.key)) for metric in others),
        ]
        for name, numbers in named
    ]
    table = Table(["", ACCURACY.name, INTERVAL, *(metric.name for metric in others)], rows)
    if any(each != MISSING for each in seen):
        table.headings.append("labelled reviews seen")
        for row, cell in zip(rows, seen, strict=True):
            row.append(cell)
    return table


def labelled_rows(report: dict[str, Any]) -> str:
    """How many labelled reviews an adapter has seen: "3,000", or "3,000, after 36,375 of its starting adapter"."""
    own, start = count(report.get("labelled_rows")), report.get("starting_adapter")
    if not start:
        return own
    return f"{own}, after {count(start['rows']) if start.get('rows') else 'an unknown number'} of its starting adapter"


def label_table(report: dict[str, Any]) -> Table:
    """Precision, recall and F1 of each label."""
    rows = [
        [label, percent(row["precision"]), percent(row["recall"]), percent(row["f1"]), f"{row['support']:,}"]
        for label, row in report["per_class"].items()
    ]
    return Table(["label", "precision", "recall", "F1", "reviews"], rows)


def is_multi_label(report: dict[str, Any]) -> bool:
    """Whether a review can have several labels; such a report has a confusion matrix for each label."""
    return report.get("micro_f1") is not None


def slice_rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The slices of a report, lowest accuracy first; reports of earlier versions have some with too few rows."""
    shown = [each for each in report.get("slices") or [] if each["rows"] >= MIN_ROWS]
    return sorted(shown, key=lambda each: each["accuracy"])


def abstention_table(report: dict[str, Any]) -> Table:
    """For each target error rate: the threshold, how many reviews stay undecided, and the error rate of the rest."""
    rows = [
        [
            f"{100 * each['target_error']:g} %",
            f"{each['threshold']:.3f}" if each.get("threshold") is not None else MISSING,
            percent(each["undecided"]),
            percent(each.get("error")),
            percent_range(each.get("error_interval")),
        ]
        for each in report.get("abstention") or []
    ]
    return Table(["target error", "undecided below", "undecided", "error among the rest", INTERVAL], rows)


def kinds_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The slices of another dataset; those of earlier versions may have too few rows."""
    return [kind for kind in entry["kinds"] if kind["rows"] >= MIN_ROWS]


def other_datasets_table(entries: list[dict[str, Any]]) -> Table:
    """Accuracy on other datasets, and on the slices kept for each, see `hf_sentiment.reports.other_datasets`."""
    rows = []
    for each in entries:
        shares = [percent(each["accuracy"]), percent_range(each["accuracy_interval"])]
        rows.append([each["name"], f"{each['rows']:,}", *shares, percent(each["macro_f1"]), percent(each["majority"])])
        for kind in kinds_of(each):
            shares = [percent(kind["accuracy"]), percent_range(kind["interval"])]
            rows.append([f"{each['name']}, {kind['name']}", f"{kind['rows']:,}", *shares, MISSING, MISSING])
    majority = baseline_name("majority_class")
    return Table(["dataset", "reviews", ACCURACY.name, INTERVAL, MACRO_F1.name, majority], rows)

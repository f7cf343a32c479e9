"""The contents of an adapter folder as tables: sentiment_config.json, evaluation/report.json."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from hf_sentiment import SentimentPipeline
from hf_sentiment.reports import names, tables
from hf_sentiment.reports.other_datasets import read_other_datasets as read_entries


def read_report(folder: Path) -> dict[str, Any] | None:
    """Read evaluation/report.json; None if it is missing or unreadable."""
    try:
        report = json.loads((folder / "evaluation" / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None


def read_other_datasets(folder: Path) -> list[dict[str, Any]]:
    """Read evaluation/other_datasets.json; empty if it is missing or unreadable."""
    try:
        return read_entries(folder / "evaluation")
    except (OSError, ValueError):
        return []


def other_datasets(entries: list[dict[str, Any]]) -> pd.DataFrame:
    """The adapter's numbers on other datasets."""
    return _frame(tables.other_datasets_table(entries))


def pictures(folder: Path) -> list[Path]:
    """The report's pictures."""
    return sorted((folder / "evaluation").glob("*.png"))


def caption(picture: Path) -> str:
    """What a picture shows."""
    return names.CAPTIONS.get(picture.name) or names.capitalized(picture.stem.replace("_", " "))


def facts(classify: SentimentPipeline) -> dict[str, str]:
    """What a user wants to know about an adapter before using it: name -> value."""
    config = classify.sentiment_config
    # Any kind of adapter; only LoRA has a rank.
    peft: Any = classify.adapter.model.peft_config["default"]
    base, provenance = config.base or {}, config.provenance or {}
    rows = provenance.get("rows") or {}
    known = {
        "Labels": ", ".join(config.labels) + (" (multi-label)" if config.multi_label else ""),
        "Base": base.get("id") or peft.base_model_name_or_path,
        "Adapter": f"LoRA, rank {peft.r}, alpha {peft.lora_alpha}" if hasattr(peft, "r") else str(peft.peft_type),
        "Window": f"{config.max_length} tokens; longer reviews are "
        + ("read in several windows" if config.long_reviews == "windows" else "truncated"),
        "Title": f"put before the text as {config.template}",
        "Trained on": provenance.get("dataset"),
        "Started from": (provenance.get("starting_adapter") or {}).get("name"),
        "Reviews": ", ".join(f"{count:,} {name}" for name, count in rows.items()),
        "Temperature": f"{config.temperature:.2f}" if config.temperature != 1 else "1 (not calibrated)",
    }
    return {name: value for name, value in known.items() if value}


def headlines(report: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """The report's metrics: (name, value, 95 % interval)."""
    found = []
    for metric in names.METRICS:
        if report.get(metric.key) is None:
            continue
        is_accuracy = metric is names.ACCURACY
        bounds = report.get("accuracy_interval") if is_accuracy else (report.get("intervals") or {}).get(metric.key)
        interval = metric.interval(bounds) if bounds else None
        found.append((names.capitalized(metric.name), metric.number(report[metric.key]), interval))
    return found


def baselines(report: dict[str, Any]) -> pd.DataFrame:
    """This adapter and its baselines."""
    rows = {names.THIS_ADAPTER: report}
    rows |= {names.baseline_name(key): numbers for key, numbers in (report.get("baseline") or {}).items()}
    metrics = (names.ACCURACY, names.MACRO_F1)
    frame = pd.DataFrame(
        [
            {"": name} | {metric.name: metric.number(numbers.get(metric.key)) for metric in metrics}
            for name, numbers in rows.items()
        ]
    )
    if report.get("labelled_rows"):
        seen = [names.count(numbers.get("labelled_rows")) for numbers in rows.values()]
        frame["labelled reviews seen"] = [tables.labelled_rows(report), *seen[1:]]
    return frame


def per_label(report: dict[str, Any]) -> pd.DataFrame:
    """Precision, recall and F1 of each label."""
    return _frame(tables.label_table(report))


def abstention(report: dict[str, Any]) -> pd.DataFrame:
    """For each target error rate, how many reviews stay undecided and the error rate of the rest."""
    return _frame(tables.abstention_table(report))


def slices(report: dict[str, Any]) -> pd.DataFrame:
    """Accuracy by kind of review, lowest first."""
    found = sorted(report.get("slices") or [], key=lambda row: row["accuracy"])
    return pd.DataFrame(
        [
            {
                "kind of review": row.get("description") or row["name"].replace("_", " "),
                "reviews": row["rows"],
                names.ACCURACY.name: names.percent(row["accuracy"]),
                tables.INTERVAL: names.percent_range(row["interval"]),
                "significant difference": "yes" if row.get("differs") else "no",
            }
            for row in found
        ]
    )


def calibration(report: dict[str, Any]) -> str:
    """The expected calibration error in a sentence; empty if it was not measured."""
    numbers = report.get("calibration") or {}
    if numbers.get("ece") is None:
        return ""
    text = f"Expected calibration error {names.percent(numbers['ece'])}"
    before = numbers.get("ece_uncalibrated")
    return text + (f", {names.percent(before)} before calibration." if before is not None else ".")


def _frame(table: tables.Table) -> pd.DataFrame:
    return pd.DataFrame(table.rows, columns=table.headings)

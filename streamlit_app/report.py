"""The contents of an adapter folder as tables: sentiment_config.json, evaluation/report.json."""

import json
from pathlib import Path
from typing import Any

from hf_sentiment import SentimentPipeline
from hf_sentiment.reports import names, tables
from hf_sentiment.reports.other_datasets import read_other_datasets as read_entries
from hf_sentiment.reports.tables import Table


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


def pictures(folder: Path) -> list[Path]:
    """The report's pictures."""
    return sorted((folder / "evaluation").glob("*.png"))


def caption(picture: Path) -> str:
    """What a picture shows."""
    return names.CAPTIONS.get(picture.stem) or names.capitalized(picture.stem.replace("_", " "))


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


def slices(report: dict[str, Any]) -> Table:
    """Accuracy by kind of review, the most frequent kind first; kinds of few reviews are omitted."""
    rows = [
        [
            row["name"].replace("_", " "),
            row.get("description") or names.MISSING,
            names.count(row["rows"]),
            names.percent(row["accuracy"]),
            names.percent_range(row["interval"]),
            "yes" if row.get("differs") else "no",
        ]
        for row in sorted(tables.slice_rows(report), key=lambda row: -row["rows"])
    ]
    return Table(
        ["kind", "description", "reviews", names.ACCURACY.name, tables.INTERVAL, "differs significantly"], rows
    )

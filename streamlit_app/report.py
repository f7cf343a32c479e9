"""What an adapter folder says about itself, as tables: sentiment_config.json, evaluation/report.json, README.md."""

import json
import re
from pathlib import Path

import pandas as pd
from huggingface_hub import ModelCard

from hf_sentiment import SentimentPipeline
from hf_sentiment.reports.other_data import read_elsewhere as elsewhere_entries
from hf_sentiment.reports.wording import elsewhere_table

# The numbers shown at the top, where a report has them: key, name, whether it is a share.
HEADLINES = [
    ("accuracy", "Accuracy", True),
    ("macro_f1", "Macro F1", True),
    ("micro_f1", "Micro F1", True),
    ("roc_auc", "ROC AUC", False),
    ("matthews", "Matthews", False),
]


def read_report(folder: Path) -> dict | None:
    """evaluation/report.json; None where there is none that can be read."""
    try:
        report = json.loads((folder / "evaluation" / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None


def read_elsewhere(folder: Path) -> list[dict]:
    """evaluation/elsewhere.json; nothing where there is none that can be read."""
    try:
        return elsewhere_entries(folder / "evaluation")
    except (OSError, ValueError):
        return []


def elsewhere(entries: list[dict]) -> pd.DataFrame:
    """The adapter's numbers on other reviews than those it was made for."""
    headings, rows = elsewhere_table(entries)
    return pd.DataFrame(rows, columns=headings)


def pictures(folder: Path) -> list[Path]:
    """The report's pictures."""
    return sorted((folder / "evaluation").glob("*.png"))


def caption(picture: Path) -> str:
    """A picture's name for people."""
    return picture.stem.replace("_", " ").capitalize()


def card_text(folder: Path) -> str:
    """The model card without its metadata and pictures; a picture may lie anywhere on the Internet."""
    try:
        content = ModelCard((folder / "README.md").read_text(encoding="utf-8"), ignore_metadata_errors=True).content
    except (OSError, ValueError):
        return ""
    body = re.sub(r"\A---\n.*?\n---\n", "", content, flags=re.DOTALL)
    return re.sub(r"!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])", "", body).strip()


def facts(classify: SentimentPipeline) -> dict[str, str]:
    """What one wants to know of an adapter before using it."""
    config, peft = classify.sentiment_config, classify.adapter.model.peft_config["default"]
    base, made = config.base or {}, config.provenance or {}
    rows = made.get("rows") or {}
    known = {
        "Labels": ", ".join(config.labels) + (" (several may hold)" if config.multi_label else ""),
        "Base": base.get("id") or peft.base_model_name_or_path,
        "Adapter": f"LoRA, rank {peft.r}, alpha {peft.lora_alpha}" if hasattr(peft, "r") else str(peft.peft_type),
        "Window": f"{config.max_length} tokens; longer reviews are "
        + ("read in several" if config.long_reviews == "windows" else "cut"),
        "Title": f"put before the text as {config.template}",
        "Trained on": made.get("dataset"),
        "Reviews": ", ".join(f"{count:,} {name}" for name, count in rows.items()),
        "Temperature": f"{config.temperature:.2f}" if config.temperature != 1 else "1 (not calibrated)",
    }
    return {name: value for name, value in known.items() if value}


def headlines(report: dict) -> list[tuple[str, str, str | None]]:
    """The report's first numbers: (name, value, 95 % interval)."""
    found = []
    for key, name, share in HEADLINES:
        if report.get(key) is None:
            continue
        interval = report.get("accuracy_interval") if key == "accuracy" else (report.get("intervals") or {}).get(key)
        between = f"{_number(interval[0], share)} to {_number(interval[1], share)}" if interval else None
        found.append((name, _number(report[key], share), between))
    return found


def baselines(report: dict) -> pd.DataFrame:
    """This adapter beside what it is to beat."""
    rows = {"this adapter": report} | (report.get("baseline") or {})
    return pd.DataFrame(
        [
            {
                "": name.replace("_", " "),
                "accuracy": _share(row.get("accuracy")),
                "macro F1": _share(row.get("macro_f1")),
            }
            for name, row in rows.items()
        ]
    )


def per_label(report: dict) -> pd.DataFrame:
    """Precision, recall and F1 of each label."""
    return pd.DataFrame(
        [
            {
                "label": label,
                "precision": _share(row["precision"]),
                "recall": _share(row["recall"]),
                "F1": _share(row["f1"]),
                "reviews": row["support"],
            }
            for label, row in report["per_class"].items()
        ]
    )


def abstention(report: dict) -> pd.DataFrame:
    """What is gained by leaving close calls undecided."""
    return pd.DataFrame(
        [
            {
                "wrong at most": _share(row["target_error"]),
                "undecided below": f"{row['threshold']:.3f}",
                "left undecided": _share(row["undecided"]),
                "wrong among the rest": _share(row["error"]),
            }
            for row in report.get("abstention") or []
        ]
    )


def weak_slices(report: dict) -> pd.DataFrame:
    """The parts of the test reviews, the weakest first."""
    slices = sorted(report.get("slices") or [], key=lambda row: row["accuracy"])
    return pd.DataFrame(
        [
            {
                "reviews that are": row.get("description") or row["name"].replace("_", " "),
                "reviews": row["rows"],
                "accuracy": _share(row["accuracy"]),
                "95 % interval": f"{_share(row['interval'][0])} to {_share(row['interval'][1])}",
                "differs": "yes" if row.get("differs") else "not for sure",
            }
            for row in slices
        ]
    )


def calibration(report: dict) -> str:
    """How far scores are from being right as often as they say; empty where it was not measured."""
    numbers = report.get("calibration") or {}
    if numbers.get("ece") is None:
        return ""
    text = f"Expected calibration error {_share(numbers['ece'])}"
    before = numbers.get("ece_uncalibrated")
    return text + (f", {_share(before)} before calibration." if before is not None else ".")


def _number(value: float, share: bool) -> str:
    return _share(value) if share else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"

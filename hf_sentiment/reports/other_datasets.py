"""An adapter's numbers on other datasets, kept beside its report and shown in its card."""

import json
from pathlib import Path
from typing import Any

from hf_sentiment.reports.report import EvaluationReport

FILE_NAME = "other_datasets.json"


def read_other_datasets(folder: str | Path) -> list[dict[str, Any]]:
    """Read the entries of an adapter's evaluation folder, in the order they were added; empty if there are none.

    Each has `name`, `dataset`, `split`, `rows`, `accuracy`, its 95 % Wilson `accuracy_interval`, `macro_f1`, `majority`
    (accuracy of the majority class), `ece` and `leaked` if known, and `kinds`: `name`, `rows`, `accuracy` and
    `interval` of the slices that were asked for.
    """
    path = Path(folder) / FILE_NAME
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def add_other_dataset(folder: str | Path, name: str, report: EvaluationReport, slices: tuple[str, ...] = ()) -> None:
    """Add a report's numbers to an adapter's evaluation folder; an entry of the same name is replaced.

    Args:
        folder: the adapter's evaluation folder, created if missing.
        name: the dataset's name in the card.
        report: the numbers.
        slices: names of slices, or of columns that the report is sliced by, to keep with the entry.
    """
    entry = {
        "name": name,
        "dataset": report.dataset,
        "split": report.split,
        "rows": report.rows,
        "accuracy": report.accuracy,
        "accuracy_interval": report.accuracy_interval,
        "macro_f1": report.macro_f1,
        "majority": report.baseline["majority_class"]["accuracy"],
        "ece": report.calibration.get("ece"),
        "leaked": report.leaked,
        "kinds": [
            {key: each[key] for key in ("name", "rows", "accuracy", "interval")}
            for each in report.slices
            if each["name"] in slices or each.get("column") in slices
        ],
    }
    entries = [each for each in read_other_datasets(folder) if each["name"] != name]
    Path(folder).mkdir(parents=True, exist_ok=True)
    text = json.dumps([*entries, entry], indent=2, ensure_ascii=False)
    (Path(folder) / FILE_NAME).write_text(text + "\n", encoding="utf-8")

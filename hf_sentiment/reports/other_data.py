"""What an adapter scores on other reviews than those it was made for: kept beside its report, for its card."""

import json
from pathlib import Path

from hf_sentiment.reports.report import EvaluationReport

FILE_NAME = "elsewhere.json"


def read_elsewhere(folder: str | Path) -> list[dict]:
    """The entries in an adapter's evaluation folder, in the order they were added in; none where it has none.

    Each has `name`, `dataset`, `split`, `rows`, `accuracy`, its 95 % Wilson `accuracy_interval`, `macro_f1`,
    `majority` (accuracy of always giving the commonest label), `ece` and `leaked` where known, and `kinds`: `name`,
    `rows`, `accuracy` and `interval` for each value of the columns that the rows were sliced by.
    """
    path = Path(folder) / FILE_NAME
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def add_elsewhere(folder: str | Path, name: str, report: EvaluationReport, columns: tuple[str, ...] = ()) -> None:
    """Add what a report says to an adapter's evaluation folder, in place of an earlier entry of that name.

    Args:
        folder: the adapter's evaluation folder.
        name: what the card is to call these reviews.
        report: the numbers on them.
        columns: whose slices in the report are worth a line each.
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
            if each["name"].partition(":")[0] in columns
        ],
    }
    entries = [each for each in read_elsewhere(folder) if each["name"] != name]
    Path(folder).mkdir(parents=True, exist_ok=True)
    text = json.dumps([*entries, entry], indent=2, ensure_ascii=False)
    (Path(folder) / FILE_NAME).write_text(text + "\n", encoding="utf-8")

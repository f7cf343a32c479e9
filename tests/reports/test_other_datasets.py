"""An adapter's numbers on other datasets, in its card."""

import json
import shutil

import pytest
from huggingface_hub import ModelCard
from reports import demo_report
from tiny import tiny_reviews, write_csv

from hf_sentiment.cli import main
from hf_sentiment.reports.other_datasets import add_other_dataset, read_other_datasets
from hf_sentiment.reports.report import EvaluationReport
from hf_sentiment.reports.wording import about_other_datasets


@pytest.fixture
def adapter(binary_adapter, tmp_path):
    return shutil.copytree(binary_adapter, tmp_path / "adapter")


def _evaluate(adapter, rows, *flags) -> int:
    write_csv(adapter.parent / "others.csv", rows)
    dataset = str(adapter.parent / "others.csv")
    return main(["evaluate", str(adapter), "--dataset", dataset, "--json", *flags])


def test_other_datasets_are_shown_in_the_card(adapter, capsys):
    rows = tiny_reviews(200, seed=7)
    for place, row in enumerate(rows):
        # Every fourth row has the wrong label, so the adapter is wrong on this slice.
        row["shop"] = "odd" if place % 4 == 0 else "plain"
        if row["shop"] == "odd":
            row["label"] = "Negative" if row["label"] == "Positive" else "Positive"
    flags = ["--add-to-card", "tickets | refunds", "--slice-column", "shop"]
    assert _evaluate(adapter, rows, *flags) == 0
    report = json.loads(capsys.readouterr().out)
    (entry,) = read_other_datasets(adapter / "evaluation")
    assert entry["accuracy"] == report["accuracy"] and entry["accuracy_interval"] == report["accuracy_interval"]
    assert {kind["name"]: kind["rows"] for kind in entry["kinds"]} == {"shop: odd": 50, "shop: plain": 150}
    text = (adapter / "README.md").read_text(encoding="utf-8")
    section = text.split("## Other datasets\n")[1].split("\n## ")[0]
    assert "| tickets \\| refunds | 200 |" in section and "| tickets \\| refunds, shop: odd | 50 |" in section
    limits = text.split("## Intended use and limitations\n")[1].split("\n## ")[0]
    assert "- tickets \\| refunds, shop: odd: " in limits
    assert "shop: plain" not in limits
    found = [each for each in ModelCard(text).data.eval_results if each.dataset_type == "others.csv"]
    assert [each.metric_value for each in found] == [entry["accuracy"]]

    # A second evaluation replaces the entry.
    assert _evaluate(adapter, tiny_reviews(20, seed=8), "--add-to-card", "tickets | refunds") == 0
    assert [each["rows"] for each in read_other_datasets(adapter / "evaluation")] == [20]


def test_only_a_folder_has_a_card_to_add_to(adapter, capsys):
    shutil.rmtree(adapter / "evaluation")
    assert _evaluate(adapter, tiny_reviews(20, seed=7), "--add-to-card", "others") == 2
    assert "its card cannot be added to" in capsys.readouterr().err


def test_leaked_rows_of_other_datasets_are_reported():
    entry = {"name": "others", "rows": 2000, "leaked": 12}
    assert about_other_datasets([entry | {"leaked": None}, entry]) == [
        "12 of the 2,000 reviews of others were among the adapter's training rows."
    ]


def test_slices_are_kept_by_their_name_or_their_column(tmp_path):
    report = EvaluationReport(**demo_report())
    add_other_dataset(tmp_path, "demo", report, ("short", "kind"))
    (entry,) = read_other_datasets(tmp_path)
    assert [each["name"] for each in entry["kinds"]] == ["short", "kind: plain"]

"""Numbers on other reviews than an adapter was made for, in its card."""

import json
import shutil

import pytest
from huggingface_hub import ModelCard
from tiny import tiny_reviews, write_csv

from hf_sentiment.cli import main
from hf_sentiment.reports import wording as words
from hf_sentiment.reports.other_data import read_elsewhere


@pytest.fixture
def adapter(binary_adapter, tmp_path):
    return shutil.copytree(binary_adapter, tmp_path / "adapter")


def _evaluate(adapter, rows, *flags) -> int:
    write_csv(adapter.parent / "others.csv", rows)
    dataset = str(adapter.parent / "others.csv")
    return main(["evaluate", str(adapter), "--dataset", dataset, "--json", *flags])


def test_other_reviews_stand_in_the_card(adapter, capsys):
    rows = tiny_reviews(60, seed=7)
    for place, row in enumerate(rows):
        # The texts of every fourth are the other label's: a kind of review that the adapter gets wrong.
        row["shop"] = "odd" if place % 4 == 0 else "plain"
        if row["shop"] == "odd":
            row["label"] = "Negative" if row["label"] == "Positive" else "Positive"
    flags = ["--add-to-card", "tickets | refunds", "--slice-column", "shop"]
    assert _evaluate(adapter, rows, *flags) == 0
    report = json.loads(capsys.readouterr().out)
    (entry,) = read_elsewhere(adapter / "evaluation")
    assert entry["accuracy"] == report["accuracy"] and entry["accuracy_interval"] == report["accuracy_interval"]
    assert {kind["name"]: kind["rows"] for kind in entry["kinds"]} == {"shop: odd": 15, "shop: plain": 45}
    text = (adapter / "README.md").read_text(encoding="utf-8")
    section = text.split("## On other reviews\n")[1].split("\n## ")[0]
    assert "| tickets \\| refunds | 60 |" in section and "| tickets \\| refunds, shop: odd | 15 |" in section
    limits = text.split("## Intended use and limits\n")[1].split("\n## ")[0]
    assert "- tickets \\| refunds, shop: odd: " in limits
    assert "shop: plain" not in limits
    found = [each for each in ModelCard(text).data.eval_results if each.dataset_type == "others.csv"]
    assert [each.metric_value for each in found] == [entry["accuracy"]]

    # Measured anew, an entry takes the place of the earlier one.
    assert _evaluate(adapter, tiny_reviews(20, seed=8), "--add-to-card", "tickets | refunds") == 0
    assert [each["rows"] for each in read_elsewhere(adapter / "evaluation")] == [20]


def test_only_a_folder_has_a_card_to_add_to(adapter, capsys):
    shutil.rmtree(adapter / "evaluation")
    assert _evaluate(adapter, tiny_reviews(20, seed=7), "--add-to-card", "others") == 2
    assert "its card cannot be added to" in capsys.readouterr().err


def test_rows_of_other_reviews_that_were_in_training_are_said():
    entry = {"name": "others", "rows": 2000, "leaked": 12}
    assert words.about_elsewhere([entry | {"leaked": None}, entry]) == [
        "12 of the 2,000 reviews of others were among the adapter's training rows."
    ]

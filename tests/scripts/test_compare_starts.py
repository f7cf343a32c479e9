"""Rows that are drawn for comparisons, and the table of what each change adds."""

from pathlib import Path

import pandas as pd
import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment.reviews.options import DataOptions

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")


def test_what_is_scored_was_not_drawn(tmp_path):
    from drawn_rows import draw_rows

    source = write_csv(tmp_path / "all.csv", tiny_reviews(400, seed=3))
    drawn = draw_rows(DataOptions(str(source), train_size=40, validation_size=10, seed=1), tmp_path)
    files = {name: pd.read_csv(path) for name, path in drawn.files.items() if name != "labels"}
    read = {*files["dataset"]["text"], *files["validation_file"]["text"]}
    assert len(files["dataset"]) == len(drawn.train) == 40 and len(files["validation_file"]) == 10
    assert len(drawn.others) > 100 and not read & set(drawn.others["text"])
    assert set(files["test_file"]["text"]) <= set(drawn.others["text"])
    names = [drawn.labels[index] for index in drawn.train["label"]]
    assert list(files["dataset"]["label"]) == names and set(names) == {"Negative", "Positive"}


def test_accuracy_is_that_of_the_adapter(binary_adapter):
    from drawn_rows import accuracy

    rows = pd.DataFrame({"title": [None] * 4, "text": ["great lovely", "terrible, broke"] * 2, "label": [1, 0, 1, 1]})
    assert accuracy(str(binary_adapter), rows, ["Negative", "Positive"]) == 0.75


def test_a_change_is_compared_on_the_seeds_that_both_have():
    from compare_starts import table

    runs = [("minilm", 1, 0.90), ("minilm", 2, 0.80), ("LoRA+", 1, 0.93), ("LoRA+", 2, 0.85), ("LoRA+", 3, 0.10)]
    runs += [("rsLoRA", 2, 0.79)]
    lines = table([{"change": name, "size": 100, "seed": seed, "accuracy": found} for name, seed, found in runs])
    # Differences of 3 and 5 points: a mean of 4, and half an interval of 12.706 times their standard error of 1.
    assert lines.splitlines()[2:] == [
        "| minilm | 85.0 % (80.0 to 90.0 %; 2) |",
        "| LoRA+ | +4.0 ± 12.7 (2) |",
        "| rsLoRA | -1.0 (1) |",
    ]

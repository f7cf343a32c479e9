import json

import numpy as np
import pytest
from datasets import Dataset
from tiny import tiny_reviews, write_csv

from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.splits import shuffled


def test_splits_are_apart_and_fixed_by_the_seed(tmp_path):
    path = write_csv(tmp_path / "reviews.csv", tiny_reviews(300))
    one, same, other = (load_reviews(DataOptions(str(path), train_size=100, seed=seed)) for seed in (1, 1, 2))
    assert one.rows["train"] <= 100 and one.rows["validation"] <= 25
    assert one.train["text"][:] == same.train["text"][:] != other.train["text"][:]
    parts = [set(part["text"]) for part in (one.train, one.validation, one.test)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]


def test_validation_rows_come_from_beyond_the_training_rows(tmp_path):
    path = write_csv(
        tmp_path / "reviews.csv", [r | {"text": f"{r['text']} {i}"} for i, r in enumerate(tiny_reviews(200))]
    )
    enough = load_reviews(DataOptions(str(path), train_size=100, test_size=40))
    assert enough.rows == {"train": 100, "validation": 25, "test": 40}
    short = load_reviews(DataOptions(str(path), train_size=150, test_size=40))
    assert short.rows == {"train": 123, "validation": 37, "test": 40}
    assert any("became validation rows" in note for note in short.notes)


def test_a_text_in_two_splits_is_dropped_from_train_and_said(tmp_path):
    rows = [row | {"text": f"{row['text']} {i}", "split": "train"} for i, row in enumerate(tiny_reviews(40))]
    rows += [row | {"text": f"{row['text']} t{i}", "split": "test"} for i, row in enumerate(tiny_reviews(10, seed=3))]
    rows.append(rows[0] | {"split": "test", "text": rows[0]["text"].upper() + "  "})
    reviews = load_reviews(DataOptions(str(write_csv(tmp_path / "reviews.csv", rows))))
    kept = set(reviews.train["text"]) | set(reviews.validation["text"])
    assert rows[0]["text"] not in kept
    assert any("1 rows of" in note and "another split" in note for note in reviews.notes)


@pytest.mark.parametrize("kind", ["column", "files"])
def test_a_dev_split_is_for_validation(tmp_path, kind):
    parts = {"train": tiny_reviews(60), "dev": tiny_reviews(20, seed=1)}
    if kind == "files":
        for name, rows in parts.items():
            write_csv(tmp_path / f"{name}.csv", rows)
        source = str(tmp_path)
    else:
        rows = [row | {"split": name} for name, part in parts.items() for row in part]
        source = str(write_csv(tmp_path / "reviews.csv", rows))
    reviews = load_reviews(DataOptions(source))
    assert set(reviews.validation["text"]) <= {row["text"] for row in parts["dev"]} and len(reviews.validation) >= 15
    # The test rows come from the others.
    assert set(reviews.test["text"]) < {row["text"] for row in parts["train"]} and len(reviews.test) == 12
    assert len(load_split(DataOptions(source, labels=["Negative", "Positive"]), "dev")) == 20


@pytest.mark.parametrize("rare", [3, 12])
def test_every_label_is_in_every_split(tmp_path, rare):
    rows = [{"text": f"kettle number {i}", "label": "bad" if i < rare else "good"} for i in range(300)]
    path = str(write_csv(tmp_path / "reviews.csv", rows))
    for seed in range(4):
        reviews = load_reviews(DataOptions(path, seed=seed))
        assert reviews.rows == {"train": 180, "validation": 60, "test": 60}
        for part, share in ((reviews.train, 0.6), (reviews.validation, 0.2), (reviews.test, 0.2)):
            assert abs(part["label"][:].count(0) - share * rare) < 1


def test_sizes_are_exact_and_each_subset_has_every_label(tmp_path):
    write_csv(tmp_path / "train.csv", [{"text": f"lamp {i}", "label": int(i % 20 == 0)} for i in range(400)])
    write_csv(tmp_path / "validation.csv", [{"text": f"rug {i}", "label": int(i == 0)} for i in range(100)])
    write_csv(tmp_path / "test.csv", [{"text": f"mug {i}", "label": int(i < 2)} for i in range(100)])
    options = DataOptions(str(tmp_path), train_size=40, validation_size=10, test_size=10)
    reviews = load_reviews(options)
    assert reviews.rows == {"train": 40, "validation": 10, "test": 10}
    assert [part["label"][:].count(1) for part in (reviews.train, reviews.validation, reviews.test)] == [2, 1, 1]
    assert load_split(options, "test", size=5)["label"][:].count(1) == 1


def test_multi_label_rows_are_drawn_at_random(tmp_path):
    rows = [{"text": f"lamp {i}", "label": [0, 1] if i % 3 else [1]} for i in range(100)]
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    reviews = load_reviews(DataOptions(str(path), labels="joy,anger"))
    permutation = np.random.default_rng(42).permutation(100)
    for part, cut in ((reviews.test, slice(20)), (reviews.train, slice(20, 80)), (reviews.validation, slice(80, 100))):
        assert sorted(part["text"]) == sorted(rows[i]["text"] for i in permutation[cut])


def test_a_split_without_rows_can_be_shuffled():
    assert len(shuffled(Dataset.from_dict({"text": []}), 5, 1)) == 0

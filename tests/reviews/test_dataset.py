import csv
import json
from dataclasses import replace

import pytest
from datasets import ClassLabel, Dataset, Features, Value
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.sources import DEMO_FILE


def test_the_demo_corpus_is_what_it_promises():
    with open(DEMO_FILE, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 400 and len({row["text"] for row in rows}) == len(rows)
    assert {row["kind"] for row in rows} == {"plain", "mixed", "negation", "sarcasm", "lukewarm", "contrast"}
    for split in ("train", "validation", "test"):
        labels = [row["label"] for row in rows if row["split"] == split]
        assert labels.count("Positive") == labels.count("Negative") > 0
    lengths = [len(row["text"].split()) for row in rows]
    assert min(lengths) <= 5 and max(lengths) >= 300
    assert len({row["product"] for row in rows}) > 140


def test_demo_keeps_its_own_splits():
    reviews = load_reviews(DataOptions("demo"))
    assert reviews.rows == {"train": 450, "validation": 90, "test": 180}
    assert reviews.labels == ["Negative", "Positive"] and reviews.source == "demo"
    assert load_reviews(DataOptions("demo", train_size=50)).rows["train"] == 50


@pytest.mark.parametrize("pair", [("negative", "positive"), (0, 1), ("__label__1", "__label__2"), (False, True)])
def test_whatever_the_source_calls_them(tmp_path, pair):
    rows = [{"text": r["text"], "label": pair[r["label"] == "Positive"]} for r in tiny_reviews(60)]
    reviews = load_reviews(DataOptions(str(write_csv(tmp_path / "reviews.csv", rows))))
    assert reviews.labels == ["Negative", "Positive"]
    by_text = {r["text"]: r["label"] for r in tiny_reviews(60)}
    assert all(reviews.labels[row["label"]] == by_text[row["text"]] for row in reviews.train)


def test_class_label_names_and_order_come_from_the_data(tmp_path):
    features = Features({"content": Value("string"), "label": ClassLabel(names=["positive", "negative"])})
    rows = tiny_reviews(60)
    data = {"content": [r["text"] for r in rows], "label": [int(r["label"] == "Negative") for r in rows]}
    Dataset.from_dict(data, features=features).to_parquet(tmp_path / "train.parquet")
    reviews = load_reviews(DataOptions(str(tmp_path)))
    assert reviews.labels == ["Negative", "Positive"]
    by_text = {r["text"]: r["label"] for r in rows}
    assert all(reviews.labels[row["label"]] == by_text[row["text"]] for row in reviews.train)


def test_stars_are_mapped_and_rows_left_out(tmp_path):
    rows = [{"text": r["text"], "stars": float(i % 5 + 1)} for i, r in enumerate(tiny_reviews(100))]
    path = str(write_csv(tmp_path / "reviews.csv", rows))
    three = load_reviews(DataOptions(path, label_map="1=Negative,2=Negative,3=Neutral,4=Positive,5=Positive"))
    assert three.labels == ["Negative", "Neutral", "Positive"]
    two = load_reviews(
        DataOptions(path, label_map={"1": "Negative", "2": "Negative", "3": None, "4": "Positive", "5": "Positive"})
    )
    assert two.labels == ["Negative", "Positive"] and any("20 rows of train left out" in note for note in two.notes)
    with pytest.raises(SentimentError, match="'3' is not in the label map"):
        load_reviews(DataOptions(path, label_map="1=Negative,2=Negative,4=Positive,5=Positive"))


def test_classes_are_named_by_the_user(tmp_path):
    rows = [{"text": r["text"], "label": i % 3} for i, r in enumerate(tiny_reviews(90))]
    path = str(write_csv(tmp_path / "reviews.csv", rows))
    assert load_reviews(DataOptions(path)).labels == ["0", "1", "2"]
    assert load_reviews(DataOptions(path, labels="Negative,Neutral,Positive")).labels == [
        "Negative",
        "Neutral",
        "Positive",
    ]
    with pytest.raises(SentimentError, match="label '2', which is none of Negative, Positive"):
        load_reviews(DataOptions(path, labels="Negative,Positive"))


def test_several_labels_a_review(tmp_path):
    rows = [{"text": r["text"], "label": [0, 2] if i % 2 else [1]} for i, r in enumerate(tiny_reviews(90))]
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    reviews = load_reviews(DataOptions(str(path), labels="joy,anger,love"))
    assert reviews.problem_type == "multi_label_classification"
    assert sorted(map(tuple, reviews.train["label"]))[0] == (0, 2)


def test_a_split_for_evaluation_knows_only_the_adapters_labels(tmp_path):
    path = write_csv(tmp_path / "reviews.csv", tiny_reviews(30, ("Negative", "Neutral", "Positive")))
    options = DataOptions(str(path), labels=["Negative", "Positive"])
    with pytest.raises(SentimentError, match="'Neutral', which is none of Negative, Positive"):
        load_split(options, "test")
    mapped = replace(options, label_map="Negative=Negative,Positive=Positive,Neutral=")
    assert len(load_split(mapped, "test")) == 20 and len(load_split(mapped, "test", size=7)) == 7
    demo = DataOptions("demo", labels=["Negative", "Positive"])
    assert len(load_split(demo, "validation")) == 90
    with pytest.raises(SentimentError, match="demo has no split 'held-out'; it has"):
        load_split(demo, "held-out")

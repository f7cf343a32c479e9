import csv
import json

import pandas
import pytest
from datasets import ClassLabel, Dataset, Features, Value
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.reviews.dataset import Columns, load_reviews, load_split
from hf_sentiment.reviews.labels import display_names, parse_map
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
    reviews = load_reviews("demo")
    assert reviews.rows == {"train": 450, "validation": 90, "test": 180}
    assert reviews.labels == ["Negative", "Positive"] and reviews.source == "demo"
    assert load_reviews("demo", train_size=50).rows["train"] == 50


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_format_reads_alike(tmp_path, suffix):
    rows = tiny_reviews(60)
    rows[0]["text"] = 'A "quoted", great\tone\nwith two lines'
    path = tmp_path / f"reviews{suffix}"
    frame = pandas.DataFrame(rows)
    if suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    reviews = load_reviews(str(path), seed=1)
    texts = {text for part in (reviews.train, reviews.validation, reviews.test) for text in part["text"]}
    assert rows[0]["text"] in texts


def test_splits_are_apart_and_fixed_by_the_seed(tmp_path):
    path = write_csv(tmp_path / "reviews.csv", tiny_reviews(300))
    one, same, other = (load_reviews(str(path), train_size=100, seed=seed) for seed in (1, 1, 2))
    assert one.rows["train"] <= 100 and one.rows["validation"] <= 25
    assert one.train["text"][:] == same.train["text"][:] != other.train["text"][:]
    parts = [set(part["text"]) for part in (one.train, one.validation, one.test)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]


def test_validation_rows_come_from_beyond_the_training_rows(tmp_path):
    path = write_csv(
        tmp_path / "reviews.csv", [r | {"text": f"{r['text']} {i}"} for i, r in enumerate(tiny_reviews(200))]
    )
    enough = load_reviews(str(path), train_size=100, test_size=40)
    assert enough.rows == {"train": 100, "validation": 25, "test": 40}
    short = load_reviews(str(path), train_size=150, test_size=40)
    assert short.rows == {"train": 123, "validation": 37, "test": 40}
    assert any("became validation rows" in note for note in short.notes)


def test_a_text_in_two_splits_is_dropped_from_train_and_said(tmp_path):
    rows = [row | {"text": f"{row['text']} {i}", "split": "train"} for i, row in enumerate(tiny_reviews(40))]
    rows += [row | {"text": f"{row['text']} t{i}", "split": "test"} for i, row in enumerate(tiny_reviews(10, seed=3))]
    rows.append(rows[0] | {"split": "test", "text": rows[0]["text"].upper() + "  "})
    reviews = load_reviews(str(write_csv(tmp_path / "reviews.csv", rows)))
    kept = set(reviews.train["text"]) | set(reviews.validation["text"])
    assert rows[0]["text"] not in kept
    assert any("1 rows of" in note and "another split" in note for note in reviews.notes)


@pytest.mark.parametrize(
    "names",
    [["negative", "positive"], ["0", "1"], ["__label__1", "__label__2"], ["NEG", "POS"], ["positive", "negative"]],
)
def test_binary_labels_are_shown_as_negative_and_positive(names):
    assert sorted(display_names(names)) == ["Negative", "Positive"]
    assert display_names(names)[names.index(min(names))] in ("Negative", "Positive")


@pytest.mark.parametrize("pair", [("negative", "positive"), (0, 1), ("__label__1", "__label__2"), (False, True)])
def test_whatever_the_source_calls_them(tmp_path, pair):
    rows = [{"text": r["text"], "label": pair[r["label"] == "Positive"]} for r in tiny_reviews(60)]
    reviews = load_reviews(str(write_csv(tmp_path / "reviews.csv", rows)))
    assert reviews.labels == ["Negative", "Positive"]
    by_text = {r["text"]: r["label"] for r in tiny_reviews(60)}
    assert all(reviews.labels[row["label"]] == by_text[row["text"]] for row in reviews.train)


def test_class_label_names_and_order_come_from_the_data(tmp_path):
    features = Features({"content": Value("string"), "label": ClassLabel(names=["positive", "negative"])})
    rows = tiny_reviews(60)
    data = {"content": [r["text"] for r in rows], "label": [int(r["label"] == "Negative") for r in rows]}
    Dataset.from_dict(data, features=features).to_parquet(tmp_path / "train.parquet")
    reviews = load_reviews(str(tmp_path))
    assert reviews.labels == ["Negative", "Positive"]
    by_text = {r["text"]: r["label"] for r in rows}
    assert all(reviews.labels[row["label"]] == by_text[row["text"]] for row in reviews.train)


def test_stars_are_mapped_and_rows_left_out(tmp_path):
    rows = [{"text": r["text"], "stars": float(i % 5 + 1)} for i, r in enumerate(tiny_reviews(100))]
    path = str(write_csv(tmp_path / "reviews.csv", rows))
    three = load_reviews(path, label_map="1=Negative,2=Negative,3=Neutral,4=Positive,5=Positive")
    assert three.labels == ["Negative", "Neutral", "Positive"]
    two = load_reviews(path, label_map={"1": "Negative", "2": "Negative", "3": None, "4": "Positive", "5": "Positive"})
    assert two.labels == ["Negative", "Positive"] and any("20 rows of train left out" in note for note in two.notes)
    with pytest.raises(SentimentError, match="'3' is not in the label map"):
        load_reviews(path, label_map="1=Negative,2=Negative,4=Positive,5=Positive")


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
    reviews = load_reviews(source)
    assert set(reviews.validation["text"]) <= {row["text"] for row in parts["dev"]} and len(reviews.validation) >= 15
    # The test rows come from the others.
    assert set(reviews.test["text"]) < {row["text"] for row in parts["train"]} and len(reviews.test) == 12
    assert len(load_split(source, "dev", ["Negative", "Positive"])) == 20


def test_the_label_is_no_slice(tmp_path):
    rows = [{"text": r["text"], "sarcastic": r["label"], "domain": "x"} for r in tiny_reviews(60)]
    path = str(write_csv(tmp_path / "reviews.csv", rows))
    reviews = load_reviews(path, columns=Columns(label="sarcastic"))
    assert "slice: domain" in reviews.test.column_names and "slice: sarcastic" not in reviews.test.column_names


def test_classes_are_named_by_the_user(tmp_path):
    rows = [{"text": r["text"], "label": i % 3} for i, r in enumerate(tiny_reviews(90))]
    path = str(write_csv(tmp_path / "reviews.csv", rows))
    assert load_reviews(path).labels == ["0", "1", "2"]
    assert load_reviews(path, labels="Negative,Neutral,Positive").labels == ["Negative", "Neutral", "Positive"]
    with pytest.raises(SentimentError, match="label '2', which is none of Negative, Positive"):
        load_reviews(path, labels="Negative,Positive")


def test_several_labels_a_review(tmp_path):
    rows = [{"text": r["text"], "label": [0, 2] if i % 2 else [1]} for i, r in enumerate(tiny_reviews(90))]
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    reviews = load_reviews(str(path), labels="joy,anger,love")
    assert reviews.problem_type == "multi_label_classification"
    assert sorted(map(tuple, reviews.train["label"]))[0] == (0, 2)


def test_a_hub_data_set(hub, tmp_path):
    path = write_csv(tmp_path / "train.csv", tiny_reviews(80))
    hub.add_commit("user/csv-reviews", {"train.csv": path.read_bytes()}, repo_type="dataset")
    reviews = load_reviews("user/csv-reviews")
    assert reviews.source == "user/csv-reviews" and reviews.labels == ["Negative", "Positive"]
    with pytest.raises(SentimentError, match="no data set 'user/none'"):
        load_reviews("user/none")


def test_bad_sources_are_one_sentence(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    header = tmp_path / "header.csv"
    header.write_text("text,label\n")
    one = write_csv(tmp_path / "one.csv", tiny_reviews(40, ("Positive",)))
    good = write_csv(tmp_path / "good.csv", tiny_reviews(40))
    numbers = write_csv(tmp_path / "numbers.csv", [{"text": i, "label": i % 2} for i in range(40)])
    (tmp_path / "notes.pdf").write_text("x")
    cases = [
        (empty, {}, "is empty"),
        (header, {}, "holds no rows"),
        (one, {}, "have one label, Positive"),
        (tmp_path / "missing.csv", {}, "no file or folder"),
        (tmp_path / "notes.pdf", {}, "is none of .csv"),
        (good, {"columns": Columns(text="body")}, "no column 'body' for the text; it has title, text, label"),
        (good, {"columns": Columns(label="stars")}, "no column 'stars' for the label"),
        (numbers, {}, "not text"),
    ]
    for path, options, message in cases:
        with pytest.raises(SentimentError, match=message):
            load_reviews(str(path), **options)


def test_columns_that_cannot_be_found_are_asked_for(tmp_path):
    path = write_csv(tmp_path / "odd.csv", [{"words": r["text"], "verdict": r["label"]} for r in tiny_reviews(60)])
    with pytest.raises(SentimentError, match="No text column.*words, verdict. Name it with --text-column"):
        load_reviews(str(path))
    assert load_reviews(str(path), columns=Columns(text="words", label="verdict")).labels == ["Negative", "Positive"]


def test_a_split_for_evaluation_knows_only_the_adapters_labels(tmp_path):
    path = write_csv(tmp_path / "reviews.csv", tiny_reviews(30, ("Negative", "Neutral", "Positive")))
    with pytest.raises(SentimentError, match="'Neutral', which is none of Negative, Positive"):
        load_split(str(path), "test", ["Negative", "Positive"])
    kept = load_split(
        str(path), "test", ["Negative", "Positive"], label_map="Negative=Negative,Positive=Positive,Neutral="
    )
    assert len(kept) == 20
    assert len(load_split("demo", "validation", ["Negative", "Positive"])) == 90
    with pytest.raises(SentimentError, match="demo has no split 'held-out'; it has"):
        load_split("demo", "held-out", ["Negative", "Positive"])


def test_label_maps_have_two_forms():
    assert parse_map("1=Negative,3=,5=Positive") == {"1": "Negative", "3": None, "5": "Positive"}
    assert parse_map('{"1": "Negative", "5": "Positive"}') == {"1": "Negative", "5": "Positive"}
    with pytest.raises(SentimentError, match="A label map looks like"):
        parse_map("nonsense")

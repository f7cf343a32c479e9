import pandas
import pytest
from datasets import Dataset, DatasetDict
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.streaming import stream_reviews


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
    reviews = load_reviews(DataOptions(str(path), seed=1))
    parts = (reviews.train, reviews.validation, reviews.test)
    read = [(row["text"], reviews.labels[row["label"]]) for part in parts for row in part]
    assert sorted(read) == sorted((row["text"], row["label"]) for row in rows)


def test_a_hub_data_set(hub, tmp_path):
    path = write_csv(tmp_path / "train.csv", tiny_reviews(80))
    hub.add_commit("user/csv-reviews", {"train.csv": path.read_bytes()}, repo_type="dataset")
    reviews = load_reviews(DataOptions("user/csv-reviews"))
    assert reviews.source == "user/csv-reviews" and reviews.labels == ["Negative", "Positive"]
    with pytest.raises(SentimentError, match="no dataset 'user/none'"):
        load_reviews(DataOptions("user/none"))


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
        (header, {}, "header.csv holds no rows"),
        (one, {}, "have one label, Positive"),
        (tmp_path / "missing.csv", {}, "no file or folder"),
        (tmp_path / "notes.pdf", {}, "is none of .csv"),
        (
            good,
            {"columns": Columns(text="body")},
            "The train split has no text column 'body'; it has title, text, label",
        ),
        (good, {"columns": Columns(label="stars")}, "no label column 'stars'"),
        (numbers, {}, "Column 'text' of numbers.csv holds numbers such as 0, not text"),
    ]
    for path, options, message in cases:
        with pytest.raises(SentimentError, match=message):
            load_reviews(DataOptions(str(path), **options))


def test_an_empty_split_is_named(tmp_path):
    write_csv(tmp_path / "train.csv", tiny_reviews(40))
    (tmp_path / "test.csv").write_text("title,text,label\n")
    with pytest.raises(SentimentError, match=r"test\.csv holds no rows\.$"):
        load_reviews(DataOptions(str(tmp_path)))


@pytest.mark.parametrize("splits", [False, True])
def test_a_folder_of_save_to_disk_is_read(tmp_path, splits):
    rows = Dataset.from_list(tiny_reviews(60))
    parts = DatasetDict(train=rows, test=Dataset.from_list(tiny_reviews(20, seed=9)))
    (parts if splits else rows).save_to_disk(tmp_path / "saved")
    reviews = load_reviews(DataOptions(str(tmp_path / "saved")))
    assert reviews.labels == ["Negative", "Positive"] and reviews.test_rows_drawn is not splits
    assert len(reviews.test) == (20 if splits else 12)


@pytest.mark.parametrize("splits", [True, False])
def test_a_saved_dataset_without_rows_is_one_sentence(tmp_path, splits):
    empty = Dataset.from_dict({"text": [], "label": []})
    (DatasetDict(train=Dataset.from_list(tiny_reviews(60)), test=empty) if splits else empty).save_to_disk(
        tmp_path / "in"
    )
    with pytest.raises(
        SentimentError, match="in holds no rows, or has a split without rows: load the splits without it"
    ):
        load_reviews(DataOptions(str(tmp_path / "in")))


@pytest.mark.parametrize("load", [load_reviews, stream_reviews, lambda options: load_split(options, "test")])
def test_a_label_map_that_leaves_no_row_says_so(tmp_path, load):
    path = write_csv(tmp_path / "in.csv", tiny_reviews(60))
    with pytest.raises(SentimentError, match=r"No (labelled|training) rows are left of .*in.csv.* the label map"):
        load(DataOptions(str(path), label_map="Positive=,Negative="))

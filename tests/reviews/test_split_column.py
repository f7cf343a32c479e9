"""A single file whose column `split` says which split a row is in."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.streaming import stream_reviews

# Seven, so that each split has both labels, which take turns.
SPLITS = ["train"] * 5 + ["validation", "test"]


def rows_of(count, splits=SPLITS):
    return [
        {"text": f"{row['text']}, number {i}", "label": row["label"], "split": splits[i % len(splits)]}
        for i, row in enumerate(tiny_reviews(count))
    ]


def written(path, rows):
    if path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        write_csv(path, rows)
    return str(path)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_long_file_that_is_sorted_by_split_is_read(tmp_path, suffix):
    rows = sorted(rows_of(12_600), key=lambda row: row["split"])
    path = written(tmp_path / f"rows{suffix}", rows)
    assert load_reviews(DataOptions(path)).rows == {"train": 9000, "validation": 1000, "test": 1800}
    assert len(load_split(DataOptions(path, labels=["Negative", "Positive"]), "test")) == 1800
    assert stream_reviews(DataOptions(path)).rows == {"train": 9000, "validation": 1000, "test": 1800}


@pytest.mark.parametrize("splits", [[0, 1, 2, 3, 4], ["yes", "no"], ["", "a"]])
def test_a_column_of_folds_is_no_split(tmp_path, splits):
    for suffix in (".csv", ".jsonl"):
        reviews = load_reviews(DataOptions(written(tmp_path / f"rows{suffix}", rows_of(60, splits))))
        assert sum(reviews.rows.values()) == 60 and reviews.test_rows_drawn


def test_several_spellings_are_one_split(tmp_path):
    path = written(tmp_path / "rows.csv", rows_of(60, ["train", "TRAIN", "Training", "dev", "val", "test"]))
    assert load_reviews(DataOptions(path)).rows == {"train": 30, "validation": 20, "test": 10}


def test_rows_of_other_splits_are_told(tmp_path):
    path = written(tmp_path / "rows.csv", rows_of(60, ["train"] * 4 + ["holdout", ""]))
    reviews = load_reviews(DataOptions(path))
    assert "Training uses no rows of these splits: holdout (10), empty (10)." in reviews.notes
    assert sum(reviews.rows.values()) == 40
    assert len(load_split(DataOptions(path, labels=reviews.labels), "holdout")) == 10


def test_a_row_that_cannot_be_read_counts_once(tmp_path):
    lines = [json.dumps(row) for row in rows_of(60)]
    (tmp_path / "rows.jsonl").write_text("\n".join([*lines[:9], "{", *lines[9:]]))
    reviews = load_reviews(DataOptions(str(tmp_path / "rows.jsonl"), rejects=str(tmp_path / "lost.jsonl")))
    assert len([note for note in reviews.notes if "could not be read" in note]) == 1
    assert len((tmp_path / "lost.jsonl").read_text().splitlines()) == 1

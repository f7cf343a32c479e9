import json

import numpy as np
import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError, load
from hf_sentiment.adapter.folder import adapter_files
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.evaluation import evaluate_adapter
from hf_sentiment.hub import publish
from hf_sentiment.metrics.leakage import examine_rows
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.fingerprints import FILE_NAME, read_training_rows, text_mark, write_training_rows
from hf_sentiment.reviews.options import DataOptions

TWO = SentimentConfig(["Negative", "Positive"])


def test_rows_of_the_training_are_found_and_said(tmp_path, binary_adapter):
    # The rows that the fixture trained on, drawn again, and new ones.
    known = load_reviews(DataOptions(str(write_csv(tmp_path / "reviews.csv", tiny_reviews(200)))))
    for part, count in ((known.train, 120), (known.validation, 40)):
        rows = [
            {"text": text.upper() + " ", "label": known.labels[label]}
            for text, label in zip(part["text"], part["label"], strict=True)
        ]
        report = evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "part.csv", rows)))
        assert report.leaked == count == report.rows and "None of these numbers" in report.notes[-1]
    mixed = [
        {"text": text, "label": known.labels[label]}
        for text, label in zip(known.train["text"], known.train["label"], strict=True)
    ]
    mixed += [{key: row[key] for key in ("text", "label")} for row in tiny_reviews(40, seed=9)]
    report = evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "mixed.csv", mixed)))
    assert report.leaked == 120
    assert "LEAKED: the adapter was trained on or chosen by 120 of these 160 rows" in report.table()
    assert "on the 40 other rows the accuracy is" in report.table()


def test_the_test_rows_of_a_training_are_none_of_it(binary_adapter):
    report = json.loads((binary_adapter / "evaluation" / "report.json").read_text())
    assert report["leaked"] == 0 and not [note for note in report["notes"] if "LEAKED" in note or "list" in note]
    # 160 rows of eight letters and a newline.
    assert (binary_adapter / FILE_NAME).stat().st_size == 160 * 9


def test_the_list_is_published_and_read_back(hub, binary_adapter, tmp_path):
    assert FILE_NAME in {str(name) for name in adapter_files(binary_adapter)}
    publish(binary_adapter, "user/listed", token="hf_test")
    classify = load("user/listed", dtype="float32")
    assert read_training_rows(classify.adapter.folder) == read_training_rows(binary_adapter)


def test_an_adapter_without_a_list_says_so(tmp_path):
    right = np.array([True, False])
    found = examine_rows(["a", "b"], right, tmp_path, TWO)
    assert found.leaked is None and "no list of its training rows: whether" in found.notes[0]
    streamed = SentimentConfig(["a", "b"], provenance={"arguments": {"streaming": True}})
    assert "(it was trained on a stream)" in examine_rows(["a", "b"], right, tmp_path, streamed).notes[0]
    (tmp_path / FILE_NAME).write_text("cut")
    with pytest.raises(SentimentError, match="damaged or cut short"):
        read_training_rows(tmp_path)
    # One of an earlier training does not outlive a training that keeps none.
    assert not write_training_rows(tmp_path, None) and not (tmp_path / FILE_NAME).exists()


def test_a_streamed_training_keeps_no_list(train_tiny, tmp_path):
    rows = [{"text": row["text"], "label": row["label"]} for row in tiny_reviews(1500)]
    reviews = write_csv(tmp_path / "reviews.csv", rows)
    folder = train_tiny(dataset=str(reviews), streaming=True, max_steps=2).output_dir
    report = json.loads((folder / "evaluation" / "report.json").read_text())
    assert not (folder / FILE_NAME).exists() and "leaked" not in report
    assert any("trained on a stream" in note for note in report["notes"])
    assert "tfidf_logistic_regression" not in report["baseline"]


def test_thousands_of_duplicates_are_said(tmp_path):
    write_training_rows(tmp_path, ["another"])
    found = examine_rows(["The same.", " the  SAME."] * 2000 + ["different"], np.ones(4001, dtype=bool), tmp_path, TWO)
    assert (found.duplicates, found.leaked) == (3999, 0)
    assert "3999 of the 4001 rows repeat the text of another" in found.notes[0]


def test_marks_are_those_of_the_normalised_text(tmp_path):
    assert text_mark("Good  Lamp\n") == text_mark("good lamp") != text_mark("good lamps")
    assert len(text_mark("\ud800")) == 8
    assert write_training_rows(tmp_path, ["b", "a", "A"])
    assert read_training_rows(tmp_path) == {text_mark("a"), text_mark("b")}

"""Adapters evaluated on files."""

import json
import subprocess
import sys

import pytest
from PIL import Image
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import adapter_files
from hf_sentiment.evaluation import evaluate_adapter
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.fingerprints import FILE_NAME as TRAINING_ROWS
from hf_sentiment.reviews.options import DataOptions


def test_an_adapter_is_measured_on_a_file_and_the_report_is_written(three_class_adapter, tmp_path):
    path = write_csv(tmp_path / "held.csv", tiny_reviews(60, ("Negative", "Neutral", "Positive"), seed=5))
    report = evaluate_adapter(three_class_adapter, str(path), output_dir=tmp_path / "out")
    saved = json.loads((tmp_path / "out" / "report.json").read_text())
    assert saved["rows"] == report.rows == 60 and saved["dataset"] == "held.csv" and saved["adapter"] == "adapter"
    keys = {
        "accuracy",
        "accuracy_interval",
        "macro_f1",
        "per_class",
        "confusion_matrix",
        "labels",
        "baseline",
        "slices",
        "intervals",
        "roc_auc",
        "matthews",
        "calibration",
        "abstention",
        "histogram",
        "mistakes",
        "leaked",
    }
    assert keys <= set(saved)
    picture = Image.open(tmp_path / "out" / "confusion_matrix.png")
    # It shows something: many colours, and white at the edge.
    assert min(picture.size) > 300 and picture.getpixel((1, 1))[:3] == (255, 255, 255)
    assert len(picture.convert("RGB").getcolors(1 << 24)) > 50


def test_labels_in_another_order_or_language(tmp_path, binary_adapter):
    rows = tiny_reviews(40, ("Positive", "Negative"), seed=7)
    lower = [row | {"label": row["label"].upper()} for row in rows]
    expected = evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "rows.csv", rows)))
    assert evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "upper.csv", lower))).accuracy == expected.accuracy
    french = {"Positive": "positif", "Negative": "négatif"}
    path = str(write_csv(tmp_path / "french.csv", [row | {"label": french[row["label"]]} for row in rows]))
    with pytest.raises(SentimentError, match=r'which is which with --label-map "négatif=...,positif=..."'):
        evaluate_adapter(binary_adapter, path)
    mapped = evaluate_adapter(binary_adapter, path, label_map="positif=Positive,négatif=Negative")
    assert mapped.confusion_matrix == expected.confusion_matrix


def test_missing_rows_and_rows_of_the_wrong_kind_are_refused(tmp_path, binary_adapter):
    several = tmp_path / "several.jsonl"
    several.write_text(json.dumps({"text": "great", "label": ["Positive", "Negative"]}))
    with pytest.raises(SentimentError, match="gives each review one label, but the label column holds lists"):
        evaluate_adapter(binary_adapter, str(several))
    path = str(write_csv(tmp_path / "rows.csv", tiny_reviews(10)))
    with pytest.raises(SentimentError, match="No labelled rows are left of"):
        evaluate_adapter(binary_adapter, path, label_map="Positive=,Negative=")


def test_leaked_rows_are_found_and_reported(tmp_path, binary_adapter):
    # The rows that the fixture was trained on, drawn again, and new ones.
    known = load_reviews(DataOptions(str(write_csv(tmp_path / "reviews.csv", tiny_reviews(200)))))
    for part, count in ((known.train, 120), (known.validation, 40)):
        rows = [
            {"text": text.upper() + " ", "label": known.labels[label]}
            for text, label in zip(part["text"], part["label"], strict=True)
        ]
        report = evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "part.csv", rows)))
        assert (
            report.leaked == count == report.rows and "do not show how good it is on unseen reviews" in report.notes[-1]
        )
    mixed = [
        {"text": text, "label": known.labels[label]}
        for text, label in zip(known.train["text"], known.train["label"], strict=True)
    ]
    mixed += [{key: row[key] for key in ("text", "label")} for row in tiny_reviews(40, seed=9)]
    report = evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "mixed.csv", mixed)))
    assert report.leaked == 120
    assert "LEAKED: the adapter was trained or validated on 120 of these 160 rows" in report.table()
    assert "on the 40 other rows the accuracy is" in report.table()


def test_the_test_rows_of_a_training_are_not_leaked(binary_adapter):
    report = json.loads((binary_adapter / "evaluation" / "report.json").read_text())
    assert report["leaked"] == 0 and not [note for note in report["notes"] if "LEAKED" in note or "list" in note]
    # 160 rows of eight letters and a newline.
    assert (binary_adapter / TRAINING_ROWS).stat().st_size == 160 * 9


def test_a_streamed_training_keeps_no_list(train_tiny, tmp_path):
    rows = [{"text": row["text"], "label": row["label"]} for row in tiny_reviews(1500)]
    reviews = write_csv(tmp_path / "reviews.csv", rows)
    folder = train_tiny(dataset=str(reviews), streaming=True, max_steps=2).output_dir
    report = json.loads((folder / "evaluation" / "report.json").read_text())
    assert not (folder / TRAINING_ROWS).exists() and "leaked" not in report
    assert any("trained on a stream" in note for note in report["notes"])
    assert "tfidf_logistic_regression" not in report["baseline"]


def test_a_report_replaces_no_file_but_those_of_a_report(tmp_path, binary_adapter):
    rows = str(write_csv(tmp_path / "r.csv", tiny_reviews(20, seed=6)))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scores.png").write_text("mine")
    with pytest.raises(SentimentError, match="out holds scores.png, but no report"):
        evaluate_adapter(binary_adapter, rows, output_dir=tmp_path / "out")
    assert (tmp_path / "out" / "scores.png").read_text() == "mine"
    (tmp_path / "out" / "scores.png").unlink()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    for _ in range(2):
        evaluate_adapter(binary_adapter, rows, output_dir=tmp_path / "out")
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def test_a_report_for_which_the_disk_is_full_is_a_sentence(tmp_path, binary_adapter):
    rows = str(write_csv(tmp_path / "r.csv", tiny_reviews(20, seed=6)))
    code = """
import resource, sys
from hf_sentiment.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
sys.exit(main(["evaluate", *sys.argv[1:]]))
"""
    words = [str(binary_adapter), "--dataset", rows, "--output-dir", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 2 and "would be larger than files may be here" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_report_of_a_loaded_adapter_names_its_repository(tmp_path, binary_adapter, hub):
    files = {name.as_posix(): (binary_adapter / name).read_bytes() for name in adapter_files(binary_adapter)}
    hub.add_commit("user/named", files)
    path = str(write_csv(tmp_path / "rows.csv", tiny_reviews(40, seed=7)))
    assert evaluate_adapter(hf_sentiment.load("user/named"), path).adapter == "user/named"
    assert evaluate_adapter(hf_sentiment.load(binary_adapter), path).adapter == "adapter"

"""An adapter is evaluated on the file it was trained on without its columns and its label map being given again."""

import json

import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.cli import main
from hf_sentiment.evaluation import compare, evaluate_adapter

STARS = {"Negative": "1", "Neutral": "3", "Positive": "5"}


@pytest.fixture(scope="module")
def rows():
    made = tiny_reviews(240, ("Negative", "Neutral", "Positive"))
    return [{"Opinion": row["text"], "text": "the same in each row", "Stars": STARS[row["label"]]} for row in made]


@pytest.fixture(scope="module")
def trained(train_tiny, rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("remembered")
    path = write_csv(folder / "rows.csv", rows)
    test = write_csv(folder / "held.csv", [row | {"Opinion": f"{row['Opinion']} indeed"} for row in rows[:50]])
    result = train_tiny(
        dataset=str(path), text_column="Opinion", label_map="1=Negative,3=,5=Positive", test_file=str(test)
    )
    return result, path, test


def test_the_columns_and_the_map_of_the_training_are_used_and_said(trained):
    result, path, test = trained
    report = evaluate_adapter(result.output_dir, str(test))
    assert report.rows == result.report.rows and report.accuracy == result.report.accuracy > 0.8
    assert "The text column is 'Opinion', as in the adapter's training." in report.notes
    assert any(
        "by the label map of the adapter's training: 1=Negative, 3=, 5=Positive" in note for note in report.notes
    )
    assert any("rows of train left out by the label map" in note for note in report.notes)
    both = compare(result.output_dir, result.output_dir, str(path))
    assert both.rows == 160 and any("label map of the adapter's training" in note for note in both.notes)


def test_labels_that_fit_need_no_map(trained, tmp_path):
    result, *_ = trained
    named = write_csv(tmp_path / "named.csv", tiny_reviews(40, seed=8))
    assert not any("training" in note for note in evaluate_adapter(result.output_dir, str(named)).notes)
    with pytest.raises(SentimentError, match="has the label 'so-so'"):
        other = [{"text": row["text"], "label": "so-so"} for row in tiny_reviews(9)]
        evaluate_adapter(result.output_dir, str(write_csv(tmp_path / "other.csv", other)))


def test_files_beside_the_dataset_are_the_splits(trained, rows):
    result, *_ = trained
    provenance = json.loads((result.output_dir / "sentiment_config.json").read_text())["provenance"]
    assert provenance["test_rows_drawn"] is False and provenance["arguments"]["test_file"] == "held.csv"
    assert "--test-file held.csv" in provenance["command"]
    kept = [row for row in rows[:50] if row["Stars"] != "3"]
    assert result.report.rows == len(kept)


def test_lost_rows_are_written_by_train_and_evaluate(train_tiny, tmp_path, binary_adapter, capsys):
    rows = tiny_reviews(120)
    rows[3]["text"] = rows[8]["label"] = ""
    path = write_csv(tmp_path / "rows.csv", rows)
    lines = []
    train_tiny(dataset=str(path), rejects=str(tmp_path / "lost.jsonl"), epochs=1, say=lines.append)
    entries = [json.loads(line) for line in (tmp_path / "lost.jsonl").read_text().splitlines()]
    assert [(entry["file"], entry["row"], entry["reason"]) for entry in entries] == [
        ("rows.csv", 4, "The row has no text."),
        ("rows.csv", 9, "The row has no label."),
    ]
    assert entries[1]["input"]["text"] == rows[8]["text"] and any("lost.jsonl" in line for line in lines)
    words = ["evaluate", str(binary_adapter), "--dataset", str(path), "--rejects", str(tmp_path / "again.jsonl")]
    assert main(words) == 0 and (tmp_path / "again.jsonl").read_text() == (tmp_path / "lost.jsonl").read_text()
    assert "1 row of train left out: no text." in capsys.readouterr().out

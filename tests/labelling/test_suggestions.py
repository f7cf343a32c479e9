import json

import pytest
from altered import change_config
from review_files import SUFFIXES, read, write
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.labelling import suggest
from hf_sentiment.labelling.suggestions import CHUNK_ROWS
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions


@pytest.fixture(scope="module")
def classify(binary_adapter):
    return hf_sentiment.load(binary_adapter, dtype="float32")


def unlabelled(rows, seed=11):
    # Other texts than those of the adapter's training.
    return [{"id": place, "review": row["text"]} for place, row in enumerate(tiny_reviews(rows, seed=seed))]


def test_undecided_rows_are_suggested_once_each(tmp_path, classify):
    rows = unlabelled(60)
    mixed = [{"id": 100 + place, "review": f"great awful {word}"} for place, word in enumerate(["kettle", "summer"])]
    path = write_csv(tmp_path / "in.csv", rows + mixed + [{"id": 0, "review": "Great  awful KETTLE"}] + rows)
    found = suggest(classify, path, 8)
    assert len(found.rows) == 8 and found.scored == 123 and found.output is None
    assert len({each.text for each in found.rows}) == 8 and {each.row for each in found.rows} <= set(range(1, 63))
    scores = classify.scores([each.text for each in found.rows])
    assert [each.score for each in found.rows] == pytest.approx(scores.max(axis=1).tolist(), abs=1e-4)
    # The least decided one comes first.
    assert [each.score for each in found.rows] == sorted(each.score for each in found.rows)
    assert suggest(classify, path, 8).rows == found.rows
    assert all(each.text[:30] in found.table() for each in found.rows)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_train_reads_the_file_once_it_is_labelled(tmp_path, classify, suffix):
    rows = [row | {"label": "old", "row": "x"} for row in unlabelled(80)]
    target = tmp_path / f"out.{suffix}"
    found = suggest(classify, write(tmp_path / f"in.{suffix}", rows), 40, output=target)
    written = read(target)
    assert list(written[0]) == ["row", "label", "predicted_label", "score", "id", "review", "input_label", "input_row"]
    assert [(int(row["row"]), row["review"]) for row in written] == [(each.row, each.text) for each in found.rows]
    assert all(rows[int(row["row"]) - 1]["id"] == int(row["id"]) for row in written)
    assert not any(row["label"] for row in written) and written[0]["input_label"] == "old"
    assert [row["predicted_label"] for row in written] == [each.label for each in found.rows]
    with pytest.raises(SentimentError, match="No labelled rows are left"):
        load_reviews(DataOptions(str(target)))
    # A person labels 30 of them.
    for place, row in enumerate(written):
        row["label"] = ("good", "bad")[place % 2] if place < 30 else row["label"]
    reviews = load_reviews(DataOptions(str(write(target, written))))
    assert sum(reviews.rows.values()) == 30 and sorted(reviews.labels) == ["bad", "good"]
    assert "10 rows of train left out: no label." in reviews.notes
    with pytest.raises(SentimentError, match="exists: give another --output"):
        suggest(classify, tmp_path / f"in.{suffix}", 40, output=target)


def test_formulas_are_escaped_on_demand(tmp_path, classify):
    path = write_csv(tmp_path / "in.csv", [{"text": "=awful()"}])
    suggest(classify, path, output=tmp_path / "out.csv", escape_formulas=True)
    assert read(tmp_path / "out.csv")[0]["text"] == "'=awful()"
    with pytest.raises(SentimentError, match="give --output too"):
        suggest(classify, path, escape_formulas=True)


def test_a_file_of_few_texts_or_none(tmp_path, classify):
    rows = [{"text": text} for text in ("lovely kettle", "", "awful kettle", "Lovely kettle")]
    found = suggest(classify, write_csv(tmp_path / "in.csv", rows), 50)
    assert sorted(each.row for each in found.rows) == [1, 3]
    assert found.notes == [
        f"1 row of {tmp_path / 'in.csv'} left out: no text.",
        "2 rows are suggested instead of 50: there are no more texts.",
    ]
    path = tmp_path / "none.jsonl"
    path.write_text("".join(json.dumps({"text": ""}) + "\n" for _ in range(3)))
    with pytest.raises(SentimentError, match="No row of .* is left to suggest. 3 rows of .* left out: no text."):
        suggest(classify, path)
    (tmp_path / "empty.csv").write_text("text\n")
    with pytest.raises(SentimentError, match="holds no rows"):
        suggest(classify, tmp_path / "empty.csv")
    for count in (0, 5000):
        with pytest.raises(SentimentError, match="give 1 to 1,000"):
            suggest(classify, path, count)


def test_rows_that_the_adapter_was_trained_on_are_left_out(tmp_path, classify):
    # As the fixture draws its 200 rows, of which 40 are test rows.
    path = write_csv(tmp_path / "in.csv", tiny_reviews(200))
    found = suggest(classify, path, 50)
    assert found.scored == len(found.rows) == 40
    assert found.notes[0] == f"160 rows of {path} left out: in the adapter's training or validation rows."


def test_a_file_of_several_chunks_keeps_its_numbers(tmp_path, classify):
    rows = [{"text": "lovely great perfect"}] * CHUNK_ROWS + [{"text": "great awful"}]
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert sorted(each.row for each in suggest(classify, path, 2, output=tmp_path / "out.csv").rows) == [1, 5001]
    assert {row["row"]: row["text"] for row in read(tmp_path / "out.csv")}["5001"] == "great awful"


def test_a_multi_label_adapter_suggests_by_its_thresholds(tmp_path, train_tiny):
    rows = [row | {"label": [row["label"], *["Any"] * (place % 3 > 0)]} for place, row in enumerate(tiny_reviews(60))]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = train_tiny(dataset=str(tmp_path / "train.jsonl"), epochs=1).output_dir
    path = write_csv(tmp_path / "in.csv", unlabelled(40))
    scores = hf_sentiment.load(folder, dtype="float32").scores([row["review"] for row in unlabelled(40)])
    # The threshold of the first label decides: it is the score of the fourth row.
    change_config(folder, thresholds=[float(scores[3, 0]), 1.0, 1.0])
    found = suggest(hf_sentiment.load(folder, dtype="float32"), path, 40)
    assert found.rows[0].row == 4 and len(found.rows) == 40

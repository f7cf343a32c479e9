import json

import pytest
from review_files import SUFFIXES, read, write
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.labelling import audit
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions


@pytest.fixture(scope="module")
def classify(binary_adapter):
    return hf_sentiment.load(binary_adapter, dtype="float32")


def planted(rows=80, names=("bad", "good"), seed=11):
    """Reviews under other labels than the adapter's, the 8th of which has the wrong one; the 4th has none."""
    of = dict(zip(("Negative", "Positive"), names, strict=True))
    made = [
        {"id": n, "text": row["text"], "mood": of[row["label"]]} for n, row in enumerate(tiny_reviews(rows, seed=seed))
    ]
    made[7]["mood"] = names[0] if made[7]["mood"] == names[1] else names[1]
    made[3]["mood"] = None
    return made


MOOD = Columns(label="mood")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_planted_label_comes_first_and_its_correction_is_read(tmp_path, classify, suffix):
    target = tmp_path / f"out.{suffix}"
    path = str(write(tmp_path / f"in.{suffix}", planted()))
    found = audit(path, adapter=classify, columns=MOOD, output=target)
    assert (found.rows, found.judged, found.output) == (79, 79, str(target))
    worst = found.doubts[0]
    assert (worst.row, worst.label, worst.proposed, worst.text) == (8, "bad", "good", planted()[7]["text"])
    assert worst.probability < 0.5 and worst.text[:40] in found.table()
    assert "1 row of train left out: no label." in found.notes
    written = read(target)
    assert list(written[0]) == ["row", "given_label", "proposed_label", "probability", "id", "text", "mood"]
    assert (int(written[0]["row"]), written[0]["mood"], written[0]["proposed_label"]) == (8, "bad", "good")
    assert sorted(int(row["row"]) for row in written) == [row for row in range(1, 81) if row != 4]
    assert all(int(row["row"]) == int(row["id"]) + 1 and row["given_label"] == row["mood"] for row in written)
    shares = [float(row["probability"]) for row in written]
    count = len(found.doubts)
    assert shares[:count] == sorted(shares[:count]) and shares[count:] == sorted(shares[count:])
    written[0]["mood"] = written[0]["proposed_label"]
    write(target, written)
    assert load_reviews(DataOptions(str(target), columns=MOOD)).labels == ["bad", "good"]
    assert not [each for each in audit(str(target), adapter=classify, columns=MOOD).doubts if each.row == 1]


def test_without_an_adapter_the_embedded_base_reads_the_rows(tmp_path):
    found = audit(str(write_csv(tmp_path / "in.csv", planted())), adapter=None, columns=MOOD)
    assert found.doubts[0].row == 8


def test_values_are_proposed_as_the_source_spells_them(tmp_path, classify):
    rows = planted(names=("0", "1"))
    assert audit(str(write_csv(tmp_path / "in.csv", rows)), adapter=classify, columns=MOOD).doubts[0].proposed == "1"
    for place, row in enumerate(rows):
        if row["mood"] == "1":
            row["mood"] = "five" if place % 3 else "FOUR"
    found = audit(
        str(write_csv(tmp_path / "in.csv", rows)), adapter=classify, columns=MOOD, label_map="0=Bad,four=Good,five=Good"
    )
    assert (found.doubts[0].row, found.doubts[0].proposed) == (8, "five")


def test_an_adapter_that_was_trained_on_the_rows_is_told(tmp_path, classify):
    # As the fixture draws its 200 rows, of which 40 are test rows.
    path = str(write_csv(tmp_path / "in.csv", tiny_reviews(200)))
    (note,) = audit(path, adapter=classify).notes
    assert note.startswith("The adapter was trained or validated on 160 of these 200 rows") and "--adapter none" in note
    assert not audit(path, adapter=None).notes


def test_rows_of_one_text_do_not_vouch_for_each_other(tmp_path, classify):
    rows = planted()
    found = audit(str(write_csv(tmp_path / "in.csv", rows + [rows[7]] * 12)), adapter=classify, columns=MOOD)
    assert {each.row for each in found.doubts} >= {8, *range(81, 93)}


def test_rare_labels_are_not_judged(tmp_path, classify):
    rows = planted()
    for place in (20, 40):
        rows[place]["mood"] = "mixed"
    found = audit(str(write_csv(tmp_path / "in.csv", rows)), adapter=classify, columns=MOOD)
    assert found.judged == found.rows - 2 == 77
    assert "Labels with fewer than 5 texts are not judged: mixed (2)." in found.notes
    assert found.doubts[0].row == 8
    with pytest.raises(SentimentError, match="5 folds need 5 texts or more of each of two labels"):
        audit(str(write_csv(tmp_path / "few.csv", planted(9))), adapter=classify, columns=MOOD)
    with pytest.raises(SentimentError, match="give 2 to 100"):
        audit(str(tmp_path / "few.csv"), adapter=classify, columns=MOOD, folds=1)


def test_labels_in_lists_are_refused(tmp_path, classify):
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(row | {"label": [row["label"]]}) + "\n" for row in tiny_reviews(20)))
    with pytest.raises(SentimentError, match="holds lists of labels: audit checks reviews that have one label each"):
        audit(str(path), adapter=classify)


def test_a_folder_of_two_files_is_one_table(tmp_path, classify):
    rows = planted()
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "train-1.csv", rows[:50])
    write(tmp_path / "data" / "train-2.jsonl", rows[50:])
    found = audit(str(tmp_path / "data"), adapter=classify, columns=MOOD, output=tmp_path / "out.jsonl")
    assert found.doubts[0].row == 8 and "The rows are numbered over all 2 files, one after the other." in found.notes
    assert all(int(row["id"]) == row["row"] - 1 for row in read(tmp_path / "out.jsonl"))

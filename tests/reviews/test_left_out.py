import json

import pytest

from hf_sentiment import SentimentError
from hf_sentiment.reviews.left_out import NO_TEXT, UNREADABLE, LeftOut, RejectsFile, open_rejects
from hf_sentiment.reviews.row_files.row_file import Reject


def test_the_file_is_there_when_it_is_complete_and_replaces_one_of_its_kind(tmp_path):
    path = tmp_path / "lost.jsonl"
    for rows in (2, 1, 0):
        with open_rejects(path) as rejects:
            left_out = LeftOut("train", rejects)
            left_out.file = "in.csv"
            for number in range(rows):
                left_out.add(UNREADABLE, Reject(number + 1, "Why.", "x,\ud83d"))
        assert path.exists() is bool(rows)
    assert not list(tmp_path.iterdir())


def test_an_error_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "lost.jsonl"
    earlier = {"file": "in.csv", "row": 1, "reason": "Why.", "input": {}}
    path.write_text(json.dumps(earlier))
    with pytest.raises(KeyError), open_rejects(path) as rejects:
        rejects.write("in.csv", Reject(2, "Why.", {}))
        raise KeyError
    assert json.loads(path.read_text()) == earlier and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", ["mine", "", '{"text": "soup"}', "[1]"])
def test_a_file_of_somebody_else_is_not_replaced(tmp_path, content):
    path = tmp_path / "notes.jsonl"
    path.write_text(content)
    with pytest.raises(SentimentError, match="is no file of lost rows: give another --rejects"), open_rejects(path):
        pass
    assert path.read_text() == content
    with pytest.raises(SentimentError, match="There is no folder"), open_rejects(tmp_path / "no" / "lost.jsonl"):
        pass


def test_one_sentence_a_reason():
    left_out = LeftOut("test")
    left_out.file = "in.csv"
    for number in (4, 9):
        left_out.add(UNREADABLE, Reject(number, f"Line {number}: Why.", ""))
    left_out.add(NO_TEXT, Reject(5, "The row has no text.", {}))
    left_out.count("left out by the label map", 1200)
    left_out.count("left out: no label", 0)
    assert left_out.notes() == [
        "2 rows of test could not be read; the first is row 4 of in.csv: Line 4: Why.",
        "1 row of test left out: no text.",
        "1,200 rows of test left out by the label map.",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no/lost.jsonl", "There is no folder .*no for --rejects"),
        (f"{'x' * 300}.jsonl", "is too long for the file system.* Or give another --rejects"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_any_work(tmp_path, name, message):
    with pytest.raises(SentimentError, match=message):
        RejectsFile(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_file_that_has_a_name_like_a_temporary_one_is_kept(tmp_path):
    mine = tmp_path / "lost.jsonl.tmp"
    mine.write_text("mine")
    with open_rejects(tmp_path / "lost.jsonl") as rejects:
        rejects.write("in.csv", Reject(1, "It is empty.", {}))
    assert mine.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lost.jsonl", "lost.jsonl.tmp"]

import json
import subprocess
import sys

import numpy as np
import pandas
import pyarrow.parquet as pq
import pytest
from review_files import SUFFIXES, read, rejects_of, reviews, write
from scoring_doors import Recorder
from tiny import tiny_reviews, write_csv

from hf_sentiment.cli import main
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.scoring.score_file import score_file

SCORES = ["label", "score", "score_Negative", "score_Positive"]


@pytest.mark.parametrize("before", SUFFIXES)
@pytest.mark.parametrize("after", SUFFIXES)
def test_every_format_keeps_columns_order_and_scores(tmp_path, classify, before, after):
    rows = reviews(25)
    source, target = write(tmp_path / f"in.{before}", rows), tmp_path / f"out.{after}"
    result = score_file(classify, source, target, chunk_rows=10)
    assert (result.rows, result.rejected, result.rejects) == (25, 0, None)
    scored = read(target)
    assert list(scored[0]) == ["id", "review", "input_label", *SCORES]
    assert [row["review"] for row in scored] == [row["review"] for row in rows]
    assert [int(row["id"]) for row in scored] == list(range(25))
    assert [row["input_label"] for row in scored] == [row["label"] for row in rows]
    expected = classify([row["review"] for row in rows], top_k=None)
    for row, answer in zip(scored, expected, strict=True):
        assert row["label"] == answer[0]["label"]
        # Another chunk pads to another length, and rounds otherwise.
        assert float(row["score"]) == pytest.approx(answer[0]["score"], abs=1e-5)
        for entry in answer:
            assert float(row[f"score_{entry['label']}"]) == pytest.approx(entry["score"], abs=1e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"in.{before}", f"out.{after}"]


def test_scored_files_can_be_scored_again(tmp_path, classify):
    source = write(tmp_path / "in.csv", reviews(4))
    score_file(classify, source, tmp_path / "once.parquet")
    score_file(classify, tmp_path / "once.parquet", tmp_path / "twice.parquet")
    once, twice = read(tmp_path / "once.parquet"), read(tmp_path / "twice.parquet")
    # "input_label" was there before, and stays what it was.
    earlier = ["input_input_label", *(f"input_{name}" for name in SCORES[1:])]
    assert list(twice[0]) == ["id", "review", "input_label", *earlier, *SCORES]
    assert twice[0]["input_label"] == once[0]["input_label"] and twice[0]["input_input_label"] == once[0]["label"]


def test_title_and_text_columns_reach_the_pipeline(tmp_path, classify):
    rows = [{"head": "great lovely", "said": "kettle"}, {"head": "", "said": "awful broken"}]
    source = write(tmp_path / "in.jsonl", rows)
    score_file(classify, source, tmp_path / "out.jsonl", text_column="said", title_column="head")
    expected = classify([{"title": row["head"], "text": row["said"]} for row in rows])
    got = read(tmp_path / "out.jsonl")
    assert [row["score"] for row in got] == pytest.approx([answer["score"] for answer in expected], abs=1e-5)


def test_bad_rows_of_csv(tmp_path, classify):
    text = (
        b"\xef\xbb\xbfid,text\n1,great lovely happy\n2,\n3,one,two many\n\n4\n5,caf\xe9 awful\n"
        b'6,"awful\nbroken"\n7,"never, closed\n8,perfect\n9,"awful kettle\n'
    )
    (tmp_path / "in.csv").write_bytes(text)
    result = score_file(classify, tmp_path / "in.csv", tmp_path / "out.csv", chunk_rows=3)
    assert [(row["id"], row["text"]) for row in read(tmp_path / "out.csv")] == [
        ("1", "great lovely happy"),
        ("6", "awful\nbroken"),
        ("8", "perfect"),
        # The quote is a letter: nothing else explains the row.
        ("9", '"awful kettle'),
    ]
    assert result.rows == 4 and result.rejected == 5 and result.rejects == str(tmp_path / "out.rejects.jsonl")
    assert rejects_of(result) == [
        (2, "The review is empty: there is nothing to classify.", {"id": "2", "text": ""}),
        (3, "Line 4: The row has 3 cells, and the header 2.", "3,one,two many"),
        (4, "Line 6: The row has 1 cells, and the header 2.", "4"),
        (5, "Line 7: The row is not UTF-8.", "5,caf\udce9 awful"),
        (7, "Line 10: A quote is opened and never closed.", '7,"never, closed'),
    ]


def test_a_quote_that_is_never_closed_costs_one_row_of_a_long_file(tmp_path, classify):
    rest = "".join(f"{i},{'great kettle ' * 100}\n" for i in range(2, 202))
    (tmp_path / "in.csv").write_text(f'id,text\n1,"never, closed\n{rest}')
    result = score_file(classify, tmp_path / "in.csv", tmp_path / "out.csv")
    assert (result.rows, result.rejected) == (200, 1)
    assert [int(row["id"]) for row in read(tmp_path / "out.csv")] == list(range(2, 202))
    assert rejects_of(result)[0][::2] == (1, '1,"never, closed')


def test_bad_rows_of_json_lines(tmp_path, classify):
    lines = [
        '{"text": "great lovely café", "n": 1}'.encode(),
        b'{"text": "cut off',
        b'["text"]',
        b'{"text": 5}',
        b'{"other": "x"}',
        b'{"text": "half \\ud83d a character"}',
        b'{"text": "caf\xe9"}',
        b"",
        b'{"text": "awful", "n": "two", "late": {"deep": [1, null]}}',
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    result = score_file(classify, tmp_path / "in.jsonl", tmp_path / "out.jsonl", chunk_rows=2)
    first, last = read(tmp_path / "out.jsonl")
    assert list(first) == ["text", "n", *SCORES] and last["late"] == {"deep": [1, None]}
    rejects = rejects_of(result)
    assert [row for row, _, _ in rejects] == [2, 3, 4, 5, 6, 7] and result.rejected == 6
    reasons = ["not JSON", "not an object", "a int, not text", "is empty", "half a character", "not UTF-8"]
    assert all(wanted in reason for wanted, (_, reason, _) in zip(reasons, rejects, strict=True))
    assert rejects[2][2] == {"text": 5}
    # Where columns have one type, values that share none are text, and those that come late are there from the start.
    for suffix in ("parquet", "csv"):
        score_file(classify, tmp_path / "in.jsonl", tmp_path / f"two.{suffix}", chunk_rows=2, overwrite=True)
        one, other = read(tmp_path / f"two.{suffix}")
        # "other" stood in a rejected row alone, and is a column of the input all the same.
        assert list(one) == ["text", "n", "other", "late", *SCORES]
        assert (one["n"], other["n"]) == ("1", "two") and not one["late"]
        assert other["late"] == ({"deep": [1, None]} if suffix == "parquet" else '{"deep": [1, null]}')


def test_bad_rows_and_types_of_parquet(tmp_path, classify):
    when = pandas.Timestamp("2024-02-29 12:00")
    rows = [
        {"text": text, "when": when, "stars": [1.5, None], "raw": b"\xff"} for text in ("great", None, " ", "awful")
    ]
    source = write(tmp_path / "in.parquet", rows)
    result = score_file(classify, source, tmp_path / "out.parquet", chunk_rows=3)
    scored = pq.read_table(tmp_path / "out.parquet")
    assert scored.select(["text", "when", "stars", "raw"]).schema.types == pq.read_schema(source).types
    assert scored["text"].to_pylist() == ["great", "awful"]
    assert [(row, entry["raw"]) for row, _, entry in rejects_of(result)] == [(2, "/w=="), (3, "/w==")]
    score_file(classify, source, tmp_path / "text.csv")
    assert read(tmp_path / "text.csv")[0] | dict.fromkeys(SCORES) == dict.fromkeys(SCORES) | {
        "text": "great",
        "when": "2024-02-29T12:00:00",
        "stars": "[1.5, null]",
        "raw": "/w==",
    }


@pytest.mark.parametrize("after", SUFFIXES)
def test_a_file_without_one_good_row(tmp_path, classify, after):
    source = write(tmp_path / "in.csv", [{"text": "", "id": 1}])
    result = score_file(classify, source, tmp_path / f"out.{after}")
    assert (result.rows, result.rejected) == (0, 1) and read(tmp_path / f"out.{after}") == []
    assert score_file(classify, source, tmp_path / f"out.{after}", resume=True).was_complete
    if after == "parquet":
        assert pq.read_schema(tmp_path / "out.parquet").names == ["text", "id", *SCORES]


def test_progress_counts_every_row_and_never_back(tmp_path, classify):
    source = write(tmp_path / "in.csv", [*reviews(30), {"id": 1, "review": "", "label": ""}])
    seen = []
    score_file(classify, source, tmp_path / "out.csv", chunk_rows=10, progress=seen.append)
    assert seen[0] == 0 and seen[-1] == 31 and seen == sorted(seen)


@pytest.mark.parametrize(
    ("name", "content", "target", "message"),
    [
        ("in.csv", b"text\nx\n", "out.xls", "The output .*out.xls is none of .csv"),
        ("in.csv", b"text\nx\n", "no/out.csv", "no folder .*no for the output: make it first"),
        ("in.csv", b"text\nx\n", "in.csv", "read and written at once"),
        ("in.csv", b"", "out.csv", "in.csv is empty"),
        ("in.csv", b"text,id\n", "out.csv", "in.csv holds no rows"),
        ("in.csv", b"a,b\n1,2\n", "out.csv", "in.csv has no text column; it has a, b.*--text-column"),
        ("in.csv", b"text,text\n1,2\n", "out.csv", "more than one column 'text'"),
        ("in.csv", "text\nx\n".encode("utf-16")[:-1], "out.csv", "begins as UTF-16, and is damaged"),
        ("in.jsonl", b'[{"text": "x"}', "out.csv", "is a JSON array that is not complete"),
        ("in.xlsx", b"x", "out.csv", "is no Excel file"),
        ("in.csv", b"text\nx\n", "out.csv.gz", "The output .*out.csv.gz is none of .csv"),
        ("in.jsonl", b"5\n6\n", "out.csv", "No line of .* is a JSON object"),
        ("in.parquet", b"not parquet", "out.csv", "in.parquet cannot be read"),
    ],
)
def test_what_cannot_be_scored_is_one_sentence(tmp_path, classify, name, content, target, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SentimentError, match=message):
        score_file(classify, tmp_path / name, tmp_path / target)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_parquet_columns_that_are_no_text_are_refused(tmp_path, classify):
    source = write(tmp_path / "in.parquet", [{"text": 5}])
    with pytest.raises(SentimentError, match="Column 'text' of .* holds int64 values, not text"):
        score_file(classify, source, tmp_path / "out.csv")


def test_command_line(tmp_path, capsys, binary_adapter):
    source = write_csv(tmp_path / "in.csv", [*tiny_reviews(30, seed=4), {"title": "", "text": "", "label": ""}])
    words = ["predict", "--adapter", str(binary_adapter), "--input", str(source)]
    words += ["--output", str(tmp_path / "out.csv")]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "rows": 30,
        "rejected": 1,
        "output": str(tmp_path / "out.csv"),
        "rejects": str(tmp_path / "out.rejects.jsonl"),
    }
    assert main(words) == 2
    assert "out.csv exists: give another --output" in capsys.readouterr().err
    assert main([*words, "--resume"]) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert main([*words, "--overwrite"]) == 0
    assert "1 rows could not be scored" in capsys.readouterr().out


NEITHER_DATASETS_NOR_PANDAS = """
import sys
from hf_sentiment.cli import main
from hf_sentiment.core.config import SentimentConfig

assert main(sys.argv[1:]) == 0
print([name for name in ("datasets", "pandas") if name in sys.modules])
"""


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_the_command_imports_neither_datasets_nor_pandas(tmp_path, suffix, binary_adapter):
    """With Parquet, pyarrow itself imports pandas as soon as it makes an array."""
    source = write(tmp_path / f"in.{suffix}", reviews(3))
    words = ["predict", "--adapter", str(binary_adapter), "--input", str(source)]
    words += ["--output", str(tmp_path / f"out.{suffix}")]
    done = subprocess.run(
        [sys.executable, "-c", NEITHER_DATASETS_NOR_PANDAS, *words], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


class WordCounter:
    """A scorer that is no pipeline: more than three words are positive."""

    sentiment_config = SentimentConfig(["Negative", "Positive"])

    def scores(self, reviews, *, progress=None):
        positive = np.array([0.75 if len(review.text.split()) > 3 else 0.25 for review in reviews], np.float32)
        if progress is not None:
            progress(len(positive))
        return np.stack([1 - positive, positive], axis=1)

    def identity(self):
        return {"adapter": "words", "backend": "none", "dtype": "float32"}


def test_any_scorer_of_reviews_scores_files(tmp_path):
    source = write(tmp_path / "in.jsonl", [{"text": "one two three four"}, {"text": "one"}])
    score_file(WordCounter(), source, tmp_path / "out.jsonl")
    assert read(tmp_path / "out.jsonl") == [
        {
            "text": "one two three four",
            "label": "Positive",
            "score": 0.75,
            "score_Negative": 0.25,
            "score_Positive": 0.75,
        },
        {"text": "one", "label": "Negative", "score": 0.75, "score_Negative": 0.75, "score_Positive": 0.25},
    ]


def test_how_a_file_was_read_is_told(tmp_path):
    (tmp_path / "in.csv").write_bytes("text;stars\nün café;5\nbad;1\n".encode("cp1252"))
    notes = score_file(WordCounter(), tmp_path / "in.csv", tmp_path / "out.csv", name="in.csv").notes
    assert 'in.csv: the separator is ";".' in notes and any("cp1252" in note for note in notes)
    (tmp_path / "plain.csv").write_text("text,stars\nfine,5\n")
    assert score_file(WordCounter(), tmp_path / "plain.csv", tmp_path / "plain-out.csv").notes == []


def test_messages_call_the_input_by_the_given_name(tmp_path):
    (tmp_path / "upload.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SentimentError, match=r"^mine\.csv has no text column; it has a, b"):
        score_file(WordCounter(), tmp_path / "upload.csv", tmp_path / "out.csv", name="mine.csv")


@pytest.mark.parametrize("after", [".csv", ".jsonl"])
def test_a_column_has_one_name_in_all_rows(tmp_path, after):
    lines = ['{"text": "soup", "label": 1}', '{"text": "tea", "label": 0, "input_label": "x"}']
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    score_file(Recorder(), tmp_path / "in.jsonl", tmp_path / f"out{after}")
    (chunk,) = open_rows(tmp_path / f"out{after}").chunks(10)
    assert [row["input_input_label"] for row in chunk.rows] == ([1, 0] if after == ".jsonl" else ["1", "0"])
    assert [row.get("input_label") or None for row in chunk.rows] == [None, "x"]

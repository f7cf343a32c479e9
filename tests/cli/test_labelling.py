import json
import subprocess
import sys

import pytest
from review_files import read
from tiny import tiny_reviews, write_csv

from hf_sentiment.cli import main


@pytest.fixture
def unlabelled(tmp_path):
    return str(write_csv(tmp_path / "in.csv", [{"text": row["text"]} for row in tiny_reviews(30, seed=11)]))


def test_suggest_prints_a_table_a_document_or_writes_a_file(tmp_path, capsys, binary_adapter, unlabelled):
    words = ["suggest", str(binary_adapter), "--input", unlabelled, "--count", "5"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["row", "label", "score", "text"] and len(lines) == 6
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["row"] for each in found["rows"]] == [int(line.split()[0]) for line in lines[1:]]
    assert found["scored"] == 30 and found["rows"][0].keys() == {"row", "label", "score", "text"}
    target = str(tmp_path / "out.csv")
    assert main([*words, "--output", target]) == 0
    assert capsys.readouterr().out == f"5 of 30 reviews to label: {target}\n"
    assert len(read(tmp_path / "out.csv")) == 5
    assert main([*words, "--output", target]) == 2 and "exists" in capsys.readouterr().err
    assert main([*words, "--output", target, "--overwrite"]) == 0


def test_audit_prints_a_table_a_document_and_writes_a_file(tmp_path, capsys, binary_adapter):
    rows = tiny_reviews(60, seed=11)
    rows[7]["label"] = "Negative"
    path, target = str(write_csv(tmp_path / "in.csv", rows)), str(tmp_path / "out.csv")
    words = ["audit", "--dataset", path, "--adapter", str(binary_adapter)]
    assert main([*words, "--output", target]) == 0
    out = capsys.readouterr().out
    first, header, worst, *_ = out.splitlines()
    assert first.endswith("of 60 labels are contradicted by the scores of cross-validation.")
    assert header.split() == ["row", "label", "proposed", "probability", "text"]
    assert worst.split()[:3] == ["8", "Negative", "Positive"]
    assert f"All 60 rows, the most doubtful first: {target}" in out
    assert main([*words, "--json", "--folds", "3"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["doubts"][0]["row"] == 8 and found["judged"] == found["rows"] == 60


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["suggest", "default", "--input", "nowhere.csv"], "There is no file nowhere.csv"),
        (["suggest", "default", "--input", "in.csv", "--count", "0"], "--count is 0: give 1 to 1,000"),
        (["suggest", "default", "--input", "in.csv", "--output", "out.xlsx"], "out.xlsx is none of .csv"),
        (["suggest", "default", "--input", "in.csv", "--output", "in.csv", "--overwrite"], "read and written at once"),
        (["suggest", "default", "--input", "in.csv", "--text-column", "x"], "no text column 'x'"),
        (["audit", "--dataset", "nowhere.csv"], "There is no file or folder nowhere.csv"),
        (["audit", "--dataset", "in.csv"], "has no label column"),
        (["audit", "--dataset", "demo", "--folds", "1"], "--folds is 1: give 2 to 100"),
        (["audit", "--dataset", "demo", "--output", "no/out.csv"], "There is no folder no for the output"),
    ],
)
def test_mistakes_are_a_sentence_before_torch_is_imported(monkeypatch, unlabelled, tmp_path, words, message):
    code = (
        "import sys\nfrom hf_sentiment.cli import main\nended = main(sys.argv[1:])\n"
        "sys.exit(9 if 'torch' in sys.modules else ended)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2 and message in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1

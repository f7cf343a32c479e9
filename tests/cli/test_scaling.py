"""predict over many files."""

import json

import pytest
from review_files import read, reviews, write
from scale_parts import part_names, rows_of

from hf_sentiment.cli import main


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    for name in ("a.parquet", "b.jsonl"):
        write(made / name, reviews(12))
    return made


def predict(folder, output, adapter, *options):
    words = ["predict", "--adapter", str(adapter), "--backend", "torch", "--dtype", "float32"]
    return main([*words, "--input", str(folder), "--output", str(output), *options])


@pytest.mark.slow
def test_a_folder_is_scored_as_its_files_are(folder, tmp_path, binary_adapter, capsys):
    assert predict(folder, tmp_path / "out", binary_adapter, "--workers", "2", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["units"], told["rows"], told["rejected"], told["complete"], told["failures"]) == (2, 24, 0, True, [])
    assert [name.partition(".")[2] for name in part_names(tmp_path / "out")] == ["parquet", "jsonl"]
    expected = []
    for source, name in ((folder / "a.parquet", "a.parquet"), (folder / "b.jsonl", "b.jsonl")):
        assert predict(source, tmp_path / name, binary_adapter) == 0
        expected += read(tmp_path / name)
    found = rows_of(tmp_path / "out")
    assert [row["label"] for row in found] == [row["label"] for row in expected]
    assert [row["score"] for row in found] == pytest.approx([row["score"] for row in expected], abs=1e-5)
    capsys.readouterr()
    (folder / "b.jsonl").unlink()
    (folder / "b.jsonl").write_text("[[[")
    assert predict(folder, tmp_path / "out", binary_adapter, "--overwrite") == 3
    out = capsys.readouterr().out
    assert "12 reviews scored, in 1 of 2 units" in out and "1 units could not be scored; --resume tries them" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--output", "out.csv"], "Many files are scored into a folder, and --output out.csv names a file"),
        (["--output", "out", "--escape-formulas"], "--escape-formulas is for CSV files"),
        (["--output", "out", "--address", "auto"], "give --engine ray too"),
        (["--output", "out", "--shard", "4/3"], "--shard 4/3 is no share"),
        (["--output", "out", "--workers", "0"], "--workers is 0"),
        (["--output", "out", "--top-k", "2"], "--top-k is for single reviews"),
        (["--output", "out", "--resume", "--input", "nowhere/*.csv"], "There is no file or folder nowhere/"),
    ],
)
def test_options_that_do_not_fit_are_one_line(folder, tmp_path, monkeypatch, capsys, options, message):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", "--input", str(folder), *options]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_options_for_files_need_files(capsys):
    assert main(["predict", "fine", "--workers", "2"]) == 2
    assert "--workers is for files: give --input and --output" in capsys.readouterr().err

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from review_files import SUFFIXES, rejects_of, reviews, write
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment.errors import SentimentError
from hf_sentiment.scoring.score_file import score_file


class StopAfter:
    """A progress callback that ends the run, as Ctrl-C does."""

    def __init__(self, rows):
        self.rows, self.seen = rows, []

    def __call__(self, rows):
        self.seen.append(rows)
        if rows >= self.rows:
            raise KeyboardInterrupt


def interrupt(classify, source, target, after=25, **options):
    with pytest.raises(KeyboardInterrupt):
        score_file(classify, source, target, chunk_rows=10, progress=StopAfter(after), **options)
    assert len(list(target.with_name(f"{target.name}.parts").glob("part-*"))) >= 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_resume_goes_on_after_the_last_part(tmp_path, classify, suffix):
    rows = reviews(40)
    rows[3]["review"] = rows[33]["review"] = ""
    source, target = write(tmp_path / f"in.{suffix}", rows), tmp_path / f"out.{suffix}"
    interrupt(classify, source, target)
    assert not target.exists()
    seen = []
    result = score_file(classify, source, target, chunk_rows=10, resume=True, progress=seen.append)
    assert seen[0] == 20 and seen[-1] == 40
    assert (result.rows, result.rejected, result.was_complete) == (38, 2, False)
    assert [row for row, _, _ in rejects_of(result)] == [4, 34]
    whole = score_file(classify, source, tmp_path / f"whole.{suffix}", chunk_rows=10)
    assert target.read_bytes() == (tmp_path / f"whole.{suffix}").read_bytes()
    before = target.stat().st_mtime_ns
    again = score_file(classify, source, target, chunk_rows=10, resume=True)
    assert again.was_complete and (again.rows, again.rejected) == (whole.rows, whole.rejected)
    assert target.stat().st_mtime_ns == before
    os.utime(source)
    with pytest.raises(SentimentError, match="is complete, but .* is newer: score it again with --overwrite"):
        score_file(classify, source, target, chunk_rows=10, resume=True)


def test_resume_starts_where_nothing_was_begun(tmp_path, classify):
    source = write(tmp_path / "in.csv", reviews(3))
    assert score_file(classify, source, tmp_path / "out.csv", resume=True).rows == 3


def test_an_earlier_run_is_refused_resumed_or_replaced(tmp_path, classify, three_class_adapter):
    source, target = write(tmp_path / "in.csv", reviews(40)), tmp_path / "out.csv"
    interrupt(classify, source, target)
    with pytest.raises(SentimentError, match="out.csv.parts holds an unfinished run: resume it with --resume"):
        score_file(classify, source, target)
    with pytest.raises(SentimentError, match="chunk rows 10, now 20: go back to that, or start over with --overwrite"):
        score_file(classify, source, target, resume=True, chunk_rows=20)
    with pytest.raises(SentimentError, match="started with adapter 'adapter .*now 'adapter .*labels"):
        score_file(hf_sentiment.load(three_class_adapter), source, target, resume=True, chunk_rows=10)
    write(source, reviews(41))
    with pytest.raises(SentimentError, match="input size"):
        score_file(classify, source, target, resume=True, chunk_rows=10)
    assert score_file(classify, source, target, overwrite=True).rows == 41
    with pytest.raises(SentimentError, match="out.csv exists: give another --output, or replace it with --overwrite"):
        score_file(classify, source, target)
    # The old output stays until the new one is complete.
    old = target.read_bytes()
    interrupt(classify, source, target, overwrite=True)
    assert target.read_bytes() == old
    assert not score_file(classify, source, target, chunk_rows=10, resume=True).was_complete


def test_somebody_elses_files_are_never_removed(tmp_path, classify):
    source, folder = write(tmp_path / "in.csv", reviews(3)), tmp_path / "out.csv.parts"
    folder.mkdir()
    (folder / "thesis.doc").write_text("mine")
    with pytest.raises(SentimentError, match="thesis.doc, which is not part of a run"):
        score_file(classify, source, tmp_path / "out.csv", overwrite=True)
    assert (folder / "thesis.doc").exists()


@pytest.mark.slow
def test_killed_and_resumed_is_equal_to_unbroken(tmp_path, binary_adapter):
    rows = tiny_reviews(11_000, seed=4)
    rows[17]["text"] = rows[10_017]["text"] = ""
    source = write_csv(tmp_path / "in.csv", rows)

    def command(name, *more):
        words = ["predict", "--adapter", str(binary_adapter), "--input", str(source), "--json"]
        return [sys.executable, "-m", "hf_sentiment.cli", *words, "--output", str(tmp_path / name), *more]

    run = subprocess.Popen(command("broken.parquet"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    parts = tmp_path / "broken.parquet.parts"
    while run.poll() is None and not (parts / "part-000000.jsonl").exists():
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    assert not (tmp_path / "broken.parquet").exists() and not (parts / "part-000002.jsonl").exists()
    done = subprocess.run(command("broken.parquet", "--resume"), capture_output=True, check=True)
    counts = json.loads(done.stdout)
    assert (counts["rows"], counts["rejected"]) == (10_998, 2)
    subprocess.run(command("whole.parquet"), capture_output=True, check=True)
    assert (tmp_path / "broken.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert (tmp_path / "broken.rejects.jsonl").read_bytes() == (tmp_path / "whole.rejects.jsonl").read_bytes()
    assert not parts.exists()

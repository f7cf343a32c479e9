import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from review_files import SUFFIXES, rejects_of, reviews, write
from scoring_doors import Recorder
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


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize(
    "files",
    [
        {"thesis.doc": "mine"},
        # The names of a run, in somebody else's folder: what Spark and Dask write looks like this.
        {"part-000000.jsonl": "{}", "manifest.json": "{}"},
        {"manifest.json": '{"made_by_hf_sentiment": "train"}', "joined": "x"},
        {"manifest.json": "[" * 100_000},
    ],
)
def test_somebody_elses_folder_is_refused_and_left_as_it_is(tmp_path, classify, files, resume):
    source, folder = write(tmp_path / "in.csv", reviews(3)), tmp_path / "out.csv.parts"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    with pytest.raises(SentimentError, match=r"out\.csv\.parts, .*, was not made by hf-sentiment predict: move"):
        score_file(classify, source, tmp_path / "out.csv", resume=resume, overwrite=not resume)
    assert {path.name: path.read_text() for path in folder.iterdir()} == files


def test_somebody_elses_file_in_a_folder_of_ours_is_kept_with_the_parts(tmp_path, classify):
    source, target = write(tmp_path / "in.csv", reviews(40)), tmp_path / "out.csv"
    interrupt(classify, source, target)
    parts = tmp_path / "out.csv.parts"
    (parts / "part-000001.jsonl.bak").write_text("mine")
    before = sorted(parts.iterdir())
    with pytest.raises(SentimentError, match="part-000001.jsonl.bak, which is not part of a run"):
        score_file(classify, source, target, overwrite=True)
    assert sorted(parts.iterdir()) == before


def test_a_link_in_place_of_the_folder_is_refused(tmp_path, classify):
    source = write(tmp_path / "in.csv", reviews(3))
    (tmp_path / "out.csv.parts").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SentimentError, match="was not made by hf-sentiment predict"):
        score_file(classify, source, tmp_path / "out.csv")


def test_somebody_elses_rejects_are_not_replaced(tmp_path, classify):
    source, mine = write(tmp_path / "in.csv", reviews(3)), tmp_path / "out.rejects.jsonl"
    mine.write_text('{"reason": "mine"}\n')
    with pytest.raises(SentimentError, match="out.rejects.jsonl exists, and no run wrote it"):
        score_file(classify, source, tmp_path / "out.csv", overwrite=True)
    assert mine.read_text() == '{"reason": "mine"}\n'


def test_a_run_that_was_killed_while_it_removed_its_folder(tmp_path, classify):
    source, target = write(tmp_path / "in.csv", reviews(40)), tmp_path / "out.csv"
    interrupt(classify, source, target)
    parts = tmp_path / "out.csv.parts"
    (parts / "manifest.json").rename(parts / "removed.json")
    (parts / "part-000000.jsonl").unlink()
    assert score_file(classify, source, target, chunk_rows=10).rows == 40
    assert not parts.exists()


def append(source):
    with source.open("a") as file:
        file.write("40,late review,Positive\n")


def write_again(source):
    source.write_bytes(source.read_bytes().replace(b"the", b"teh"))
    os.utime(source, ns=(1, 1))


def replace(source):
    """Put another file with the same size and time in its place, as rsync does."""
    state, other = source.stat(), source.with_name("other.csv")
    other.write_bytes(source.read_bytes())
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    os.replace(other, source)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (append, r"its size was \d,\d+ bytes and is \d,\d+"),
        (write_again, "it was written again"),
        (replace, "another file took its place"),
    ],
)
@pytest.mark.parametrize("resume", [False, True])
def test_an_input_that_changes_while_it_is_read_is_refused(tmp_path, classify, change, message, resume):
    source, target = write(tmp_path / "in.csv", reviews(40)), tmp_path / "out.csv"
    if resume:
        interrupt(classify, source, target)

    def meddle(rows):
        # The second call comes when the first reviews are scored.
        calls.append(rows)
        if len(calls) == 2:
            change(source)

    calls: list[int] = []
    with pytest.raises(SentimentError, match=rf"in\.csv changed while it was read \({message}\): score a copy"):
        score_file(classify, source, target, chunk_rows=10, resume=resume, progress=meddle)
    assert not target.exists()


def test_a_folder_that_changes_while_it_is_read_is_refused(tmp_path, classify):
    for label in ("pos", "neg"):
        (tmp_path / "in" / label).mkdir(parents=True)
        for number in range(3):
            (tmp_path / "in" / label / f"{number}.txt").write_text("lovely kettle")
    with pytest.raises(SentimentError, match="in changed while it was read"):
        score_file(
            classify,
            tmp_path / "in",
            tmp_path / "out.csv",
            chunk_rows=2,
            progress=lambda rows: (tmp_path / "in" / "pos" / "2.txt").write_text(f"awful {rows}"),
        )


FULL = """
import resource, sys
sys.path[:0] = sys.argv[4:]
from scoring_doors import Recorder
from hf_sentiment.errors import SentimentError
from hf_sentiment.scoring.score_file import score_file

# From here on no file can grow beyond this, as on a disk that is full.
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    score_file(Recorder(), sys.argv[1], sys.argv[2], chunk_rows=10)
except SentimentError as error:
    print(error)
"""


# Too small for the manifest, for a part, and for the output.
@pytest.mark.parametrize("limit", [10, 500, 2000])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_a_sentence_and_the_run_can_be_resumed(tmp_path, suffix, limit):
    source, target = write(tmp_path / f"in.{suffix}", reviews(40)), tmp_path / f"out.{suffix}"
    support = Path(__file__).parents[1] / "support"
    command = [sys.executable, "-c", FULL, str(source), str(target), str(limit), str(support)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "would be larger than files may be here" in done.stdout and "then give --resume" in done.stdout
    assert not target.exists()
    assert score_file(Recorder(), source, target, chunk_rows=10, resume=True).rows == 40


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

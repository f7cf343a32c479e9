import json
import os
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from review_files import read, reviews, write
from scale_parts import content, part_names, rows_of
from scale_workers import Hasher, open_hasher

from hf_sentiment.errors import SentimentError
from hf_sentiment.scale.output_folder import SUCCESS
from hf_sentiment.scale.score_folder import FolderOptions, score_folder
from hf_sentiment.scale.shard import parse_shard
from hf_sentiment.scoring.score_file import score_file

OPTIONS = FolderOptions(chunk_rows=10, unit_rows=20)


def run(folder, name="out", **options):
    return score_folder(open_hasher, str(folder), str(folder.parent / name), replace(OPTIONS, **options))


def test_every_row_is_scored_once_in_order(folder, tmp_path):
    result = run(folder, workers=2)
    assert (result.units, result.finished, result.rows, result.rejected) == (8, 8, 104, 0)
    assert result.complete and not result.was_complete and not result.failures
    found = rows_of(tmp_path / "out")
    expected = []
    for name in ("a.csv", "b.parquet", "deep/c.jsonl", "small.csv"):
        source = folder / name
        target = tmp_path / f"single{'.parquet' if source.suffix == '.parquet' else '.jsonl'}"
        score_file(Hasher(), source, target, chunk_rows=10, overwrite=True)
        expected += read(target)
    # The parts hold what a run over each single file writes.
    assert found == expected
    assert json.loads((tmp_path / "out" / SUCCESS).read_bytes())["rows"] == 104
    sizes = [len(read(tmp_path / "out" / name)) for name in part_names(tmp_path / "out")]
    assert sizes == [20, 20, 5, 20, 20, 5, 12, 2]


def test_readers_of_folders_find_the_parts_alone(folder, tmp_path):
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".parquet":
            path.unlink()
    run(folder)
    assert pq.read_table(tmp_path / "out").num_rows == 45


def test_the_number_of_workers_and_shards_changes_no_byte(folder, tmp_path):
    run(folder)
    run(folder, "two", workers=2)
    for number in (3, 1, 2):
        result = run(folder, "shards", shard=parse_shard(f"{number}/3"))
        assert result.complete == (number == 2)
    assert content(tmp_path / "out") == content(tmp_path / "two") == content(tmp_path / "shards")


def test_a_part_without_its_sidecar_is_scored_again(folder, tmp_path):
    run(folder)
    out = tmp_path / "out"
    whole = content(out)
    assert run(folder, resume=True).was_complete
    names = part_names(out)
    (out / "_units" / f"{names[0].split('.')[0]}.json").unlink()
    (out / "_units" / f"{names[1].split('.')[0]}.json").write_text("{")
    (out / names[2]).unlink()
    (out / names[3]).write_bytes(b"damaged")
    (out / names[4]).write_text("")
    before = (out / names[5]).stat().st_mtime_ns
    result = run(folder, resume=True)
    assert (result.finished, result.rows) == (8, 104) and not result.was_complete
    assert content(out) == whole and (out / names[5]).stat().st_mtime_ns == before


def test_an_earlier_run_is_refused_resumed_or_discarded(folder, tmp_path):
    run(folder)
    with pytest.raises(SentimentError, match="out holds a complete run: resume it with --resume, or start over"):
        run(folder)
    with pytest.raises(SentimentError, match="chunk rows 10, now 5: go back to that"):
        run(folder, resume=True, chunk_rows=5)
    assert run(folder, overwrite=True, chunk_rows=5).rows == 104
    (tmp_path / "out" / SUCCESS).unlink()
    with pytest.raises(SentimentError, match="out holds an unfinished run"):
        run(folder, chunk_rows=5)
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(SentimentError, match="mine.txt is not part of a run"):
        run(folder, overwrite=True)


def test_somebody_elses_folder_is_left_as_it_is(folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "part-0.parquet").write_text("mine")
    for options in ({}, {"overwrite": True}, {"resume": True}):
        with pytest.raises(SentimentError, match="out is not empty, and holds no run of predict"):
            run(folder, **options)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["part-0.parquet"]


def test_the_input_must_be_that_of_the_plan(folder, tmp_path):
    run(folder)
    write(folder / "small.csv", reviews(3))
    write(folder / "new.csv", reviews(3))
    (folder / "a.csv").unlink()
    with pytest.raises(SentimentError, match="a.csv is gone; new.csv is new; small.csv was written again"):
        run(folder, resume=True)


def test_rejects_are_counted_and_kept(folder, tmp_path):
    rows = reviews(45)
    rows[3]["review"] = rows[33]["review"] = ""
    write(folder / "a.csv", rows)
    result = run(folder)
    assert (result.rows, result.rejected) == (102, 2)
    kept = [json.loads(line) for path in sorted((tmp_path / "out" / "_rejects").iterdir()) for line in path.open()]
    assert [entry["row"] for entry in kept] == [4, 34]
    assert run(folder, resume=True).rejected == 2


def test_a_unit_that_cannot_be_read_costs_no_other(folder, tmp_path):
    (folder / "broken.parquet").write_bytes(b"PAR1" + b"x" * 2000)
    (folder / "empty.csv").write_text("")
    result = run(folder, workers=2)
    assert sorted(failure.file for failure in result.failures) == ["broken.parquet", "empty.csv"]
    assert (result.rows, result.finished, result.units, result.complete) == (104, 8, 10, False)
    assert not (tmp_path / "out" / SUCCESS).exists()
    assert len(run(folder, resume=True).failures) == 2


@pytest.mark.parametrize("groups", [1, 7, 45])
def test_units_of_parquet_begin_within_row_groups(folder, tmp_path, groups):
    for path in folder.iterdir():
        if path.name != "b.parquet" and path.is_file():
            path.unlink()
    (folder / "deep" / "c.jsonl").unlink()
    pq.write_table(pa.Table.from_pylist(reviews(45)), folder / "b.parquet", row_group_size=-(-45 // groups))
    assert run(folder).units == 3
    assert [row["id"] for row in rows_of(tmp_path / "out")] == list(range(45))


def test_patterns_and_single_files(folder, tmp_path):
    assert run(folder / "**" / "*.csv").rows == 47
    assert run(folder / "a.csv", "one").rows == 45
    with pytest.raises(SentimentError, match="has no file to read"):
        run(folder / "*.xml", "none")
    with pytest.raises(SentimentError, match="There is no file or folder"):
        run(folder / "missing", "none")
    with pytest.raises(SentimentError, match="is in the input folder"):
        score_folder(open_hasher, str(folder), str(folder / "out"), OPTIONS)


def test_options_that_do_not_fit(folder):
    for options, message in (
        ({"resume": True, "overwrite": True}, "give one of them"),
        ({"shard": parse_shard("1/2"), "overwrite": True}, "A shard cannot discard"),
        ({"workers": 0}, "--workers is 0"),
    ):
        with pytest.raises(SentimentError, match=message):
            run(folder, **options)
    for text in ("0/2", "3/2", "2", "a/b"):
        with pytest.raises(SentimentError, match="is no share of the work"):
            parse_shard(text)


def test_a_relative_output_is_made_with_the_folders_above_it(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert score_folder(open_hasher, "in", os.path.join("deep", "er", "out"), OPTIONS).complete

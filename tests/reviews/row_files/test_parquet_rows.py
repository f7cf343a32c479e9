"""Parquet files that hold bytes that are no text, or far more than their size."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from peak_memory import needs_linux, run_measured

from hf_sentiment import SentimentError
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.parquet_rows import BATCH_BYTES

# As a reader gets it that takes what the file says: Arrow does not look at the bytes.
BAD = pa.array([b"lovely", b"caf\xe9", None, b"awful"]).view(pa.string())


def chunks_of(path, size=5000, columns=None):
    return list(open_rows(path).chunks(size, columns))


@pytest.mark.parametrize("text", [BAD, BAD.cast(pa.binary()).dictionary_encode()], ids=["plain", "dictionary"])
def test_bytes_that_are_no_text_cost_their_own_row(tmp_path, text):
    if pa.types.is_dictionary(text.type):
        text = pa.DictionaryArray.from_arrays(text.indices, text.dictionary.view(pa.string()))
    pq.write_table(pa.table({"text": text, "n": [1, 2, 3, 4]}), tmp_path / "in.parquet")
    (chunk,) = chunks_of(tmp_path / "in.parquet")
    assert chunk.rows.to_pylist() == [{"text": "lovely", "n": 1}, {"text": None, "n": 3}, {"text": "awful", "n": 4}]
    assert (chunk.rows_read, list(chunk.numbers)) == (4, [1, 3, 4])
    assert chunk.rejects == [(2, "Column 'text' is not UTF-8.", {"text": "caf\udce9", "n": 2})]


def test_text_within_lists_is_looked_at_too(tmp_path):
    lists = pa.ListArray.from_arrays([0, 2, 4], BAD)
    pq.write_table(pa.table({"text": ["a", "b"], "tags": lists}), tmp_path / "in.parquet")
    (chunk,) = chunks_of(tmp_path / "in.parquet")
    assert chunk.rows.to_pylist() == [{"text": "b", "tags": [None, "awful"]}]
    assert chunk.rejects == [(1, "Column 'tags' is not UTF-8.", {"text": "a", "tags": None})]


def test_a_cell_that_is_too_long_costs_its_own_row(tmp_path):
    pq.write_table(pa.table({"text": ["fine", "x" * 10_000_001, "good"]}), tmp_path / "in.parquet")
    chunks = chunks_of(tmp_path / "in.parquet")
    assert [row["text"] for chunk in chunks for row in chunk.rows.to_pylist()] == ["fine", "good"]
    ((number, reason, row),) = [reject for chunk in chunks for reject in chunk.rejects]
    assert (number, reason) == (2, "Column 'text' has more than 10,000,000 bytes.")
    assert row == {"text": "x" * 1000}


def test_rows_keep_their_order_over_row_groups_and_batches(tmp_path):
    text = [f"{number} {'x' * 100_000}" for number in range(900)]
    pq.write_table(pa.table({"text": text, "n": range(900)}), tmp_path / "in.parquet", row_group_size=37)
    for size in (10, 5000):
        chunks = chunks_of(tmp_path / "in.parquet", size)
        assert [row["n"] for chunk in chunks for row in chunk.rows.to_pylist()] == list(range(900))
        assert [number for chunk in chunks for number in chunk.numbers] == list(range(1, 901))
        assert all(len(chunk.rows) <= size and chunk.rows.nbytes <= BATCH_BYTES for chunk in chunks)


# What the reader holds; the allocator that pyarrow 21 uses otherwise keeps up to a gigabyte more of what was freed.
READ = """
import os, sys
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
from hf_sentiment import SentimentError
from hf_sentiment.reviews.row_files.open_rows import open_rows
try:
    for chunk in open_rows(sys.argv[1]).chunks(5000):
        pass
except SentimentError as error:
    print(error)
"""
# A megabyte of text, two thousand times.
REPEATED = pa.DictionaryArray.from_arrays(pa.array([0] * 2000, pa.int32()), pa.array(["a" * 1_000_000]))


@needs_linux
@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (pa.string(), {}, "holds more than 1,024 MiB of text"),
        (REPEATED.type, {}, "holds more than 1,024 MiB of text"),
        (pa.string(), {"use_dictionary": False}, "MiB in a row group of"),
        (
            pa.string(),
            {"use_dictionary": False, "column_encoding": "DELTA_BYTE_ARRAY"},
            "holds more than 1,024 MiB of text",
        ),
    ],
    ids=["dictionary", "dictionary type", "plain", "delta"],
)
def test_a_tiny_file_does_not_take_gigabytes(tmp_path, kind, options, message):
    path = tmp_path / "in.parquet"
    # Two gigabytes, which are here only while they are written.
    pq.write_table(pa.table({"text": REPEATED.cast(kind)}), path, compression="zstd", **options)
    assert path.stat().st_size < 200_000
    lines, peak = run_measured(READ, path)
    assert message in lines[0]
    assert peak < 1000


def test_a_column_whose_name_is_no_text_is_a_sentence(tmp_path):
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": ["fine"], "caf~": [1]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"caf~", b"caf\xe9"))
    with pytest.raises(SentimentError, match="has a column whose name is not UTF-8"):
        open_rows(path)

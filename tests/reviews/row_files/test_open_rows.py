import bz2
import gzip
import json
import lzma
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny import write_csv

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files import compression
from hf_sentiment.reviews.row_files.open_rows import count_rows, open_rows


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_the_rows_of_a_file_are_counted(tmp_path, suffix):
    rows = [{"text": 'two\nlines, "quoted"'}, {"text": ""}, {"text": "great"}]
    path = tmp_path / f"in.{suffix}"
    if suffix == "csv":
        write_csv(path, rows)
    elif suffix == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    assert count_rows(open_rows(path)) == 3


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        ("csv", b"", "is empty."),
        ("csv", b"text\n", "holds no rows."),
        ("csv", b"text\xff\ncaf\xc3\xa9\n", "The header of mine cannot be read"),
        ("csv", "text\nhi\n".encode("utf-16")[:-1], "mine begins as UTF-16, and is damaged"),
        ("csv", "text\nhi\n".encode("utf-16-le"), "UTF-16 without a byte order mark: iconv"),
        ("jsonl", b"\n", "holds no rows."),
        ("jsonl", b"[1]", "No item of the JSON array mine is an object"),
        ("parquet", b"PAR1nothing", "cannot be read"),
        ("doc", b"x", "is none of .csv"),
        ("xls", b"x", "spreadsheet of a format that is not read: save it as .xlsx or CSV"),
        ("xlsx", b"x", "mine is no Excel file: File is not a zip file"),
        ("csv.zst", b"x", "is compressed: decompress it with zstd -d mine"),
        ("parquet.gz", b"x", "is compressed: decompress it with gunzip -k mine"),
        ("gz", b"x", "is compressed: decompress it with gunzip -k mine"),
        ("csv.gz", b"", "is empty."),
        ("csv.gz", b"text\nx\n", "cannot be read: Not a gzipped file"),
        ("csv.gz", gzip.compress(b"text\nx\n", mtime=0)[:-9], "cannot be decompressed: .*ended before"),
        ("jsonl.gz", gzip.compress(b"", mtime=0), "holds no rows."),
    ],
)
def test_messages_call_the_file_by_the_given_name(tmp_path, suffix, content, message):
    path = tmp_path / f"upload.{suffix}"
    path.write_bytes(content)
    with pytest.raises(SentimentError, match=message) as raised:
        open_rows(path, "mine")
    assert "mine" in str(raised.value) and "upload" not in str(raised.value)


def test_only_some_parquet_columns_can_hold_text(tmp_path):
    words = pa.array(["a", "b"])
    columns = {"n": [1, 2], "s": words, "large": words.cast(pa.large_string()), "dict": words.dictionary_encode()}
    pq.write_table(pa.table(columns | {"view": words.cast(pa.string_view())}), tmp_path / "in.parquet")
    rows = open_rows(tmp_path / "in.parquet")
    assert rows.text_columns == ["s", "large", "dict", "view"]
    with pytest.raises(SentimentError, match="Column 'n' of .*in.parquet holds int64 values, not text"):
        rows.require_text("n")


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        ("csv.gz", b"text,label\nsoup,good\n"),
        ("csv.gz", b"text;label\r\nsoup;good\r\n"),
        ("tsv.gz", b"text\tlabel\nsoup\tgood\n"),
        ("CSV.GZ", "text,label\nsoup,good\n".encode("utf-16")),
        ("jsonl.gz", b'{"text": "soup", "label": "good"}\n'),
        ("json.gz", b'[{"text": "soup", "label": "good"}]'),
    ],
)
def test_compressed_text_is_read(tmp_path, suffix, content):
    path = tmp_path / f"in.{suffix}"
    path.write_bytes(gzip.compress(content))
    (chunk,) = open_rows(path).chunks(10)
    assert (chunk.rows, chunk.rejects) == ([{"text": "soup", "label": "good"}], [])
    assert count_rows(open_rows(path)) == 1


def test_a_compressed_file_costs_the_memory_of_a_chunk(tmp_path):
    path = tmp_path / "in.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"text,label\n")
        for _ in range(60):
            file.write((b"soup of the day " * 60 + b",good\n") * 1000)
    tracemalloc.start()
    assert count_rows(open_rows(path)) == 60_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size < 1_000_000 and peak < 25_000_000


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_file_that_grows_without_end_is_refused(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(compression, "SMALL_BYTES", 1 << 20)
    suffix = {gzip.compress: "gz", bz2.compress: "bz2", lzma.compress: "xz"}[pack]
    path = tmp_path / f"in.csv.{suffix}"
    path.write_bytes(pack(b"text\n" + b"soup\n" * 4_000_000))
    with pytest.raises(SentimentError, match=r"in.csv.\w+ holds more than [12] MiB, \d+ times its size"):
        open_rows(path)


def test_columns_that_are_named_are_enough(tmp_path):
    columns = {"reviews.text": ["soup", "tea"], "reviews": [{"text": 1}, {"text": 2}], "label": ["a", "b"]}
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    (chunk,) = open_rows(tmp_path / "in.parquet").chunks(10, ["reviews.text"])
    assert chunk.rows["reviews.text"].to_pylist() == ["soup", "tea"]

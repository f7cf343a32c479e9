import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny import write_csv

from hf_sentiment.errors import SentimentError
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
    assert count_rows(path) == 3


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        ("csv", b"", "is empty."),
        ("csv", b"text\n", "holds no rows."),
        ("csv", b"text\xff\ncaf\xc3\xa9\n", "The header of mine cannot be read"),
        ("csv", "text\nhi\n".encode("utf-16")[:-1], "mine begins as UTF-16, and is damaged"),
        ("csv", "text\nhi\n".encode("utf-16-le"), "UTF-16 without a byte order mark: iconv"),
        ("jsonl", b"\n", "holds no rows."),
        ("jsonl", b"[1]", "is a JSON array"),
        ("parquet", b"PAR1nothing", "cannot be read"),
        ("xls", b"x", "is none of .csv"),
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

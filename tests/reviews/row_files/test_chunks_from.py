"""Rows from the middle of a file on."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from review_files import SUFFIXES, reviews, write

from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.row_file import chunks_between


def ids(chunks):
    rows = [row for chunk in chunks for row in (chunk.rows if isinstance(chunk.rows, list) else chunk.rows.to_pylist())]
    return [int(row["id"]) for row in rows]


@pytest.mark.parametrize("start", [0, 1, 7, 20, 24, 25, 30])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_rows_after_a_number_of_rows(tmp_path, suffix, start):
    file = open_rows(write(tmp_path / f"in.{suffix}", reviews(25)))
    chunks = list(file.chunks_from(start, 10))
    assert ids(chunks) == list(range(start, 25))
    assert [number for chunk in chunks for number in chunk.numbers] == list(range(start + 1, 26))
    assert sum(chunk.rows_read for chunk in chunks) == max(0, 25 - start)


def test_rejects_are_those_of_the_rows(tmp_path):
    (tmp_path / "in.csv").write_text("id,text\n0,fine\n1,too,many\n2,fine\n3,too,many\n4,fine\n")
    (chunk,) = chunks_between(open_rows(tmp_path / "in.csv").chunks(10), 0, 2, 4)
    assert (chunk.rows_read, list(chunk.numbers), [reject.number for reject in chunk.rejects]) == (2, [3], [4])


def test_row_groups_before_the_first_row_are_not_read(tmp_path):
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"id": range(30), "text": ["fine"] * 30}), path, row_group_size=10)
    damaged = bytearray(path.read_bytes())
    with pq.ParquetFile(path) as file:
        column = file.metadata.row_group(0).column(0)
        place = column.dictionary_page_offset or column.data_page_offset
    damaged[place : place + 8] = b"\xff" * 8
    path.write_bytes(damaged)
    assert ids(open_rows(path).chunks_from(12, 5)) == list(range(12, 30))

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from hf_sentiment import SentimentError
from hf_sentiment.core.inputs import read_inputs

ROWS = [{"text": "good", "title": "one", "stars": 5}, {"text": "bad", "title": None, "stars": 1}]


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame(ROWS), pa.Table.from_pylist(ROWS), datasets.Dataset.from_list(ROWS)],
    ids=["pandas", "arrow", "datasets"],
)
def test_a_table_is_read_by_its_rows(table):
    found = read_inputs(table)
    assert not found.single and not found.lazy
    assert [(row["text"], row["title"]) for row in found.reviews] == [("good", "one"), ("bad", None)]


def test_an_empty_cell_of_pandas_is_no_title():
    frame = pd.DataFrame({"content": ["good", "bad"], "title": [np.nan, "two"]})
    assert [row["title"] for row in read_inputs(frame).reviews] == [None, "two"]


@pytest.mark.parametrize("table", [pd.DataFrame({"body": ["x"]}), pa.table({"body": ["x"]})])
def test_a_table_without_a_text_column_is_refused(table):
    with pytest.raises(SentimentError, match="no column 'text' .*; it has body"):
        read_inputs(table)


def test_a_table_with_two_columns_of_one_name_is_refused():
    frame = pd.DataFrame([["good", "bad"]], columns=["text", "text"])
    with pytest.raises(SentimentError, match="more than one column 'text'"):
        read_inputs(frame)


@pytest.mark.parametrize("column", [pd.Series(["a", "b"]), pa.array(["a", "b"]), np.array(["a", "b"]), ("a", "b")])
def test_a_column_is_a_list_of_reviews(column):
    assert list(read_inputs(column).reviews) == ["a", "b"]


@pytest.mark.parametrize("given", [{"a", "b"}, frozenset({"a"})])
def test_a_set_has_no_order_and_is_refused(given):
    with pytest.raises(SentimentError, match="a set, which has no order"):
        read_inputs(given)


@pytest.mark.parametrize("given", [b"good", bytearray(b"good")])
def test_bytes_are_no_text(given):
    with pytest.raises(SentimentError, match="bytes, not text"):
        read_inputs(given)


def test_one_many_and_a_stream_are_told_apart():
    assert read_inputs("good").single and read_inputs({"text": "good"}).single and read_inputs(3).single
    assert read_inputs(["good"]) == (["good"], False, False)
    stream = (text for text in ["good"])
    assert read_inputs(stream) == (stream, False, True)

import re

import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.reviews.columns import Columns, find_column
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions


@pytest.fixture
def odd(tmp_path):
    rows = [{"words": row["text"], "verdict": row["label"]} for row in tiny_reviews(60)]
    return str(write_csv(tmp_path / "odd.csv", rows))


def test_columns_without_a_usual_name_must_be_named(odd):
    message = "The train split has no text column; it has words, verdict. Name the right one with --text-column."
    with pytest.raises(SentimentError, match=f"^{re.escape(message)}$"):
        load_reviews(DataOptions(odd))
    named = load_reviews(DataOptions(odd, columns=Columns(text="words", label="verdict")))
    assert named.labels == ["Negative", "Positive"]


@pytest.mark.parametrize("role", ["text", "title", "label", "slice"])
def test_a_named_column_must_exist(role):
    message = f"in.csv has no {role} column 'body'; it has words, verdict. Name the right one with --{role}-column."
    with pytest.raises(SentimentError, match=f"^{re.escape(message)}$"):
        find_column(["words", "verdict"], role, "body", "in.csv")


def test_a_missing_slice_column_is_named(odd):
    with pytest.raises(SentimentError, match="The train split has no slice column 'kind'"):
        load_reviews(DataOptions(odd, columns=Columns("words", None, "verdict", ("kind",))))


def test_the_label_is_no_slice(tmp_path):
    rows = [{"text": r["text"], "sarcastic": r["label"], "domain": "x"} for r in tiny_reviews(60)]
    path = str(write_csv(tmp_path / "reviews.csv", rows))
    reviews = load_reviews(DataOptions(path, columns=Columns(label="sarcastic")))
    assert "slice: domain" in reviews.test.column_names and "slice: sarcastic" not in reviews.test.column_names

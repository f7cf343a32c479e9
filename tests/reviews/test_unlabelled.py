import pytest

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.unlabelled import read_unlabelled


def test_reviews_are_read_and_empty_rows_counted(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("title,text,label\nGood,Works well.,\n,Broke.,1\n,,\n")
    reviews, left_out = read_unlabelled(path, Columns())
    assert reviews == [("Good", "Works well."), ("", "Broke.")] and left_out == 1


def test_columns_of_the_labelled_file_that_are_not_there_are_found_by_their_usual_names(tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text('{"review": "Works well."}\n')
    assert read_unlabelled(path, Columns(text="body"))[0] == [("", "Works well.")]


def test_a_file_without_texts_is_refused(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text('text\n\n\n""\n')
    with pytest.raises(SentimentError, match="no row"):
        read_unlabelled(path, Columns())

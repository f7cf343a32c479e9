import numpy as np
import pytest

from hf_sentiment import SentimentError, load
from hf_sentiment.adapter.folder import adapter_files
from hf_sentiment.hub import publish
from hf_sentiment.metrics.leakage import examine_rows
from hf_sentiment.reports.wording import notes_on_rows
from hf_sentiment.reviews.fingerprints import FILE_NAME, read_training_rows, text_mark, write_training_rows


def test_the_list_is_published_and_read_back(hub, binary_adapter, tmp_path):
    assert FILE_NAME in {str(name) for name in adapter_files(binary_adapter)}
    publish(binary_adapter, "user/listed", token="hf_test")
    classify = load("user/listed", dtype="float32")
    assert read_training_rows(classify.adapter.folder) == read_training_rows(binary_adapter)


def test_an_adapter_without_a_list_says_so(tmp_path):
    right = np.array([True, False])
    found = examine_rows(["a", "b"], right, tmp_path)
    assert found.leaked is None
    (note,) = notes_on_rows(found, streamed=False)
    assert note.startswith("The adapter keeps no list of its training rows, so")
    assert "(it was trained on a stream)" in notes_on_rows(found, streamed=True)[0]
    (tmp_path / FILE_NAME).write_text("cut")
    with pytest.raises(SentimentError, match="damaged or truncated"):
        read_training_rows(tmp_path)
    # A training without a list removes that of an earlier training.
    assert not write_training_rows(tmp_path, None) and not (tmp_path / FILE_NAME).exists()


def test_thousands_of_duplicates_are_reported(tmp_path):
    write_training_rows(tmp_path, ["another"])
    found = examine_rows(["The same.", " the  SAME."] * 2000 + ["different"], np.ones(4001, dtype=bool), tmp_path)
    assert (found.duplicates, found.leaked) == (3999, 0)
    assert "3999 of the 4001 rows repeat the text of another" in notes_on_rows(found, streamed=False)[0]


def test_marks_are_those_of_the_normalised_text(tmp_path):
    assert text_mark("Good  Lamp\n") == text_mark("good lamp") != text_mark("good lamps")
    assert len(text_mark("\ud800")) == 8
    assert write_training_rows(tmp_path, ["b", "a", "A"])
    assert read_training_rows(tmp_path) == {text_mark("a"), text_mark("b")}

import pytest

from hf_sentiment import SentimentError
from hf_sentiment.reviews.labels import display_names, parse_map


@pytest.mark.parametrize(
    "names",
    [["negative", "positive"], ["0", "1"], ["__label__1", "__label__2"], ["NEG", "POS"], ["positive", "negative"]],
)
def test_binary_labels_are_shown_as_negative_and_positive(names):
    assert sorted(display_names(names)) == ["Negative", "Positive"]
    assert display_names(names)[names.index(min(names))] in ("Negative", "Positive")


def test_label_maps_have_two_forms():
    assert parse_map("1=Negative,3=,5=Positive") == {"1": "Negative", "3": None, "5": "Positive"}
    assert parse_map('{"1": "Negative", "5": "Positive"}') == {"1": "Negative", "5": "Positive"}
    with pytest.raises(SentimentError, match="A label map looks like"):
        parse_map("nonsense")

import pytest

from hf_sentiment import SentimentError
from hf_sentiment.reviews.labels import (
    display_names,
    in_display_order,
    index_labels,
    indexer,
    joined_labels_note,
    label_mapper,
    parse_map,
    parse_names,
    value_name,
)


@pytest.mark.parametrize(
    ("negative", "positive"), [("negative", "positive"), ("0", "1"), ("__label__1", "__label__2"), ("NEG", "POS")]
)
def test_binary_labels_are_shown_as_negative_and_positive(negative, positive):
    assert display_names([negative, positive]) == ["Negative", "Positive"]
    assert display_names([positive, negative]) == ["Positive", "Negative"]


def test_label_maps_have_two_forms():
    assert parse_map("1=Negative,3=,5=Positive") == {"1": "Negative", "3": None, "5": "Positive"}
    assert parse_map('{"1": "Negative", "5": "Positive"}') == {"1": "Negative", "5": "Positive"}
    with pytest.raises(SentimentError, match="A label map looks like"):
        parse_map("nonsense")


def test_values_are_read_as_text():
    values = [4.0, 4.5, 4, True, " good ", "4.0", "-1.00", "4.50", "1.2.0", ".0"]
    assert [value_name(value) for value in values] == [
        "4",
        "4.5",
        "4",
        "true",
        "good",
        "4",
        "-1",
        "4.50",
        "1.2.0",
        ".0",
    ]


def test_numbers_are_sorted_by_value_and_words_by_name():
    assert in_display_order({"10", "9", "-1", "2.5"}) == ["-1", "2.5", "9", "10"]
    assert in_display_order({"10", "9", "nan"}) == ["10", "9", "nan"]


def test_labels_that_differ_in_case_or_blanks_are_one():
    notes = []
    rows = {"Negative": 11, "negative": 12, "POSITIVE": 10, "NEGATIVE": 10, "positive": 9, "Positive": 9}
    labels, index = index_labels(rows, None, None, notes)
    assert labels == ["Negative", "Positive"]
    assert index == {name: int(name.lower() == "positive") for name in rows}
    assert notes == [
        "Labels that differ only in case or blanks are one: POSITIVE = Positive = positive; "
        "negative = Negative = NEGATIVE."
    ]


def test_the_spelling_of_most_rows_is_kept():
    labels, index = index_labels({"not  good": 1, "Not good": 5, "fine": 3, "FINE": 2, "so so": 4}, None, None)
    assert labels == ["Not good", "fine", "so so"] and index["not  good"] == index["Not good"] == 0
    # Without numbers of rows, capitals come last.
    assert index_labels({"BAD", "bad", "Bad", "good", "so so"}, None, None)[0] == ["Bad", "good", "so so"]


def test_labels_of_one_spelling_are_left_alone():
    notes = []
    assert index_labels({"b": 1, "a": 9}, None, None, notes) == (["a", "b"], {"a": 0, "b": 1}) and notes == []


def test_names_match_whatever_their_case_and_blanks():
    labels, index = index_labels({"very good": 1, "Very  Good": 2, "BAD": 1}, ["Bad", "Very good"], None)
    assert labels == ["Bad", "Very good"] and index == {"very good": 1, "Very  Good": 1, "BAD": 0}
    assert index_labels({"1": 5, "0": 5}, ["Bad", "Good"], None)[1] == {"0": 0, "1": 1}
    with pytest.raises(SentimentError, match="which is none of Bad, Good"):
        index_labels({"\u00b2": 1, "1": 1}, ["Bad", "Good"], None)


def test_a_label_map_is_read_without_case_and_blanks():
    mapped = label_mapper({"negative": "Bad", "very good": "Good", "Meh": None, "4": "Good"})
    assert [mapped(name) for name in ("NEGATIVE", "negative", "Very  Good", "meh", "4.0")] == [
        "Bad",
        "Bad",
        "Good",
        None,
        "Good",
    ]
    with pytest.raises(SentimentError, match="'neutral' is not in the label map .*leave its rows out with neutral="):
        mapped("neutral")


def test_two_spellings_in_a_label_map_are_no_guess():
    mapped = label_mapper({"so": "Bad", "SO": "Good"})
    assert (mapped("so"), mapped("SO")) == ("Bad", "Good")
    with pytest.raises(SentimentError, match="'So' is not in the label map"):
        mapped("So")


def test_labels_of_a_map_are_one_in_the_first_spelling():
    label_map = {"1": "good", "2": "bad", "3": "Good", "4": None}
    labels, index = index_labels(["1", "2", "3", "4"], None, label_map)
    assert labels == ["good", "bad"] and index == {"1": 0, "2": 1, "3": 0, "4": None}


def test_several_labels_of_a_row_are_indices_once():
    _, index = index_labels({"joy": 3, "Joy": 1, "fear": 2}, None, None)
    assert indexer(index)(["Joy", "fear", "joy"]) == [1, 0] and indexer(index)([]) == []


def test_many_labels_are_read():
    # Hours, were each compared with each.
    rows = {f"{case} {number}": 1 for number in range(100_000) for case in ("topic", "Topic")}
    notes = []
    labels, index = index_labels(rows, None, None, notes)
    assert len(labels) == 100_000 and len(index) == 200_000
    assert len(notes) == 1 and notes[0].endswith("; 99988 more.")


@pytest.mark.parametrize("present", [["1"], ["1", "2"], ["2"]])
def test_numbers_without_a_zero_are_asked_about(present):
    message = "which is none of Negative, Neutral, Positive, and without a 0 no class number either. .*--label-map"
    with pytest.raises(SentimentError, match=message):
        index_labels(present, ["Negative", "Neutral", "Positive"], None)


def test_class_numbers_are_told():
    notes = []
    _, index = index_labels(["0", "2"], ["Negative", "Neutral", "Positive"], None, notes)
    assert index == {"0": 0, "2": 2}
    assert notes == ["Labels read as class numbers: 0 = Negative, 2 = Positive."]


@pytest.mark.parametrize("names", [",", "", [], [" "]])
def test_labels_without_a_name_are_refused(names):
    with pytest.raises(SentimentError, match="holds no name: put commas between the names"):
        parse_names(names)


@pytest.mark.parametrize(("negative", "positive"), [("0", "1"), ("False", "True"), ("__label__1", "__label__2")])
def test_what_a_code_is_taken_for_is_told(negative, positive):
    said = f"Labels read as {negative} = Negative, {positive} = Positive. If that is wrong, "
    for names in (None, ["Negative", "Positive"]):
        notes = []
        labels, _ = index_labels([positive, negative], names, None, notes)
        assert labels == ["Negative", "Positive"]
        numbers = names and negative == "0"
        assert notes[0].startswith("Labels read as class numbers: 0 = Negative, 1" if numbers else said)
    notes = []
    index_labels(["neg", "pos"], None, None, notes)
    index_labels(["0", "1"], None, {"0": "Positive", "1": "Negative"}, notes)
    assert notes == []


def test_two_names_for_0_and_1_are_in_class_order():
    notes = []
    labels, index = index_labels(["0", "1"], ["Positive", "Negative"], None, notes)
    assert [labels[index[value]] for value in ("0", "1")] == ["Positive", "Negative"]
    assert notes == ["Labels read as class numbers: 0 = Positive, 1 = Negative."]


def test_accents_of_one_and_of_two_characters_are_one_letter():
    notes = []
    labels, index = index_labels({"n\u00e9gatif": 3, "ne\u0301gatif": 2, "positif": 5}, None, None, notes)
    assert len(labels) == 2 and index["n\u00e9gatif"] == index["ne\u0301gatif"]
    assert notes[0].startswith("Labels that differ only in")


@pytest.mark.parametrize("separator", [";", "|", ", "])
def test_several_labels_in_one_text_are_noticed(separator):
    joined = f"delivery{separator}price"
    assert repr(joined) in joined_labels_note(["price", joined, "delivery"])[0]
    assert joined_labels_note(["price", f"price{separator}low", "a;b", ";"]) == []

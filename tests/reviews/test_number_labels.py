import pytest

from hf_sentiment import SentimentError
from hf_sentiment.reviews.number_labels import question_numbers


def test_vote_counts_are_questioned():
    votes = {str(number * number): 3 for number in range(106)}
    with pytest.raises(SentimentError) as caught:
        question_numbers(votes, "score", "in.csv")
    assert str(caught.value) == (
        "Column 'score' of in.csv holds 106 different numbers (0, 1, 4, 9, 16, ...), each in 3 rows (median), and a "
        "number column like this is rarely the label: name another one with --label-column, or say what each number "
        'means with --label-map "0=Negative,1=Positive,...".'
    )


@pytest.mark.parametrize(
    "numbers",
    [
        [f"{1 + number / 10:.1f}" for number in range(41)],  # averages
        [str(number) for number in range(101)],  # percent
        [str(number) for number in range(80, 101)],  # points of wines
        [str(number) for number in range(-10, 11)],
        [*map(str, range(0, 150, 3)), "n/a", "none"],
        ["1e3", *map(str, range(30))],
    ],
)
def test_other_number_columns_are_questioned(numbers):
    with pytest.raises(SentimentError, match="rarely the label: name another one with --label-column"):
        question_numbers(dict.fromkeys(numbers, 500), "rating", "in.csv")


def test_few_rows_of_each_number_are_questioned():
    with pytest.raises(SentimentError, match=r"each in 1 row \(median\)"):
        question_numbers({str(number): 1 for number in range(40)}, "votes", "in.csv")


@pytest.mark.parametrize(
    "labels",
    [
        ["1", "2", "3", "4", "5"],
        [str(number / 2) for number in range(11)],
        [str(number) for number in range(77)],
        [str(number) for number in range(1, 29)],
        [f"topic {number}" for number in range(200)],
        [*map(str, range(30)), *(f"topic {number}" for number in range(30))],
        ["nan", "inf", "1"],
    ],
)
def test_stars_class_codes_and_words_are_labels(labels):
    question_numbers(dict.fromkeys(labels, 20), "label", "in.csv")


def test_a_million_numbers_are_questioned():
    with pytest.raises(SentimentError, match="1,000,000 different numbers"):
        question_numbers({str(number): 1 for number in range(1_000_000)}, "id", "in.csv")

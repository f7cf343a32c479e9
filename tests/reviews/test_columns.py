import re

import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.reviews.columns import Columns, find_column, plain_name, require_column
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions


@pytest.fixture
def odd(tmp_path):
    rows = [{"words": row["text"], "verdict": row["label"]} for row in tiny_reviews(60)]
    return str(write_csv(tmp_path / "odd.csv", rows))


def test_columns_without_a_usual_name_must_be_named(odd):
    message = "The train split has no text column; it has words, verdict. Name the right one with --text-column, "
    message += "or give --no-header if these are the cells of a first row."
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


# The columns of well-known public files, and the ones of them that are text, title and label.
LAYOUTS = {
    "Amazon 2023, JSON": (
        "rating title text images asin parent_asin user_id timestamp helpful_vote",
        "text title rating",
    ),
    "Amazon 2018, JSON": (
        "overall verified reviewTime reviewerID asin style reviewerName reviewText summary unixReviewTime",
        "reviewText summary overall",
    ),
    "Amazon, TSV": (
        "marketplace customer_id review_id product_id product_parent product_title product_category star_rating "
        "helpful_votes total_votes vine verified_purchase review_headline review_body review_date",
        "review_body review_headline star_rating",
    ),
    "Amazon Fine Food": (
        "Id ProductId UserId ProfileName HelpfulnessNumerator HelpfulnessDenominator Score Time Summary Text",
        "Text Summary Score",
    ),
    "Datafiniti": (
        "id name asins brand categories keys reviews.date reviews.doRecommend reviews.id reviews.numHelpful "
        "reviews.rating reviews.sourceURLs reviews.text reviews.title reviews.userCity reviews.username",
        "reviews.text reviews.title reviews.rating",
    ),
    "airline tweets": (
        "tweet_id airline_sentiment airline_sentiment_confidence negativereason negativereason_confidence airline "
        "airline_sentiment_gold name negativereason_gold retweet_count text tweet_coord tweet_created tweet_location",
        "text - airline_sentiment",
    ),
    "app store": ("reviewId userName userImage content score thumbsUpCount reviewCreatedVersion at", "content - score"),
    "Yelp, JSON": ("review_id user_id business_id stars useful funny cool text date", "text - stars"),
    "IMDb, CSV": ("review sentiment", "review - sentiment"),
    "SST-2": ("idx sentence label", "sentence - label"),
    "a Hub data set": ("id text label label_text", "text - label"),
    "Steam": ("app_id app_name review_text review_score review_votes", "review_text - review_score"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_columns_of_public_files_are_found(layout):
    columns, wanted = (names.split() for names in LAYOUTS[layout])
    found = [find_column(columns, role, None, layout) for role in ("text", "title", "label")]
    assert [column or "-" for column in found] == wanted


def test_womens_clothing_columns_are_found():
    columns = [
        "",
        "Clothing ID",
        "Age",
        "Title",
        "Review Text",
        "Rating",
        "Recommended IND",
        "Department Name",
        "Class Name",
    ]
    found = [find_column(columns, role, None, "in.csv") for role in ("text", "title", "label")]
    assert found == ["Review Text", "Title", "Rating"]


@pytest.mark.parametrize("name", ["Review Text", "reviews.text", "review-text", "REVIEW_TEXT", " reviewText "])
def test_separators_and_case_are_no_difference(name):
    assert require_column(["id", name], "text", None, "in.csv") == name
    assert plain_name(name) in ("reviewtext", "reviewstext")


def test_usual_names_are_in_order_of_preference():
    assert find_column(["stars", "label", "star_rating"], "label", None, "in.csv") == "label"
    assert find_column(["star_rating", "Score"], "label", None, "in.csv") == "Score"
    assert find_column(["Text", "title", "review_text"], "text", None, "in.csv") == "Text"
    assert find_column(["TEXT", "text", "Text"], "text", None, "in.csv") == "text"


@pytest.mark.parametrize(
    ("role", "pair"),
    [
        ("text", ["Review Text", "review_text"]),
        ("text", ["TEXT", "Text"]),
        ("label", ["user_rating", "star_rating"]),
        ("label", ["Star Rating", "star_rating"]),
        ("title", ["Review Title", "review_title"]),
    ],
)
def test_two_candidates_are_asked_about(role, pair):
    with pytest.raises(SentimentError) as caught:
        require_column(["id", *pair], role, None, "in.csv")
    message = str(caught.value)
    assert message.startswith(f"in.csv has 2 columns that could be the {role}: ")
    assert all(name in message for name in pair) and message.endswith(f"Name the right one with --{role}-column.")
    assert require_column(["id", *pair], role, pair[1], "in.csv") == pair[1]


def test_a_prefix_needs_a_usual_name():
    columns = ["product_title", "review_date", "airline_sentiment_confidence", "user_id", "-", "_"]
    assert [find_column(columns, role, None, "in.csv") for role in ("text", "title", "label")] == [None] * 3


def test_thirty_thousand_columns_do_not_fill_the_screen():
    columns = [f"column {number}" for number in range(30_000)]
    with pytest.raises(SentimentError) as caught:
        require_column(columns, "text", None, "in.csv")
    assert len(str(caught.value)) < 600 and "29,970 more" in str(caught.value)

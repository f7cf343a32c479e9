"""What holds for every review that anybody may write."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hf_sentiment
from hf_sentiment import SentimentError

# Beside any text: half characters, and what is hard for tokenizers.
TEXTS = st.text(max_size=300) | st.sampled_from(
    [
        "great " * 500,
        "\ud800",
        "\x00",
        "\u200b",
        "[SEP] [CLS]",
        "\u0645\u0631\u062d\u0628\u0627",
        "e\u0301" * 100,
        "\U0001f600",
    ]
)
REVIEWS = TEXTS | st.fixed_dictionaries({"text": TEXTS}, optional={"title": st.none() | TEXTS})
# No deadline, because other programs may run; no data base, because a find becomes a plain test.
every = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def classify(binary_adapter):
    return hf_sentiment.load(binary_adapter, dtype="float32")


def answer(classify, review):
    """The scores of a review by label; None for one that is refused."""
    try:
        return {each["label"]: each["score"] for each in classify([review], top_k=None)[0]}
    except SentimentError:
        return None


@every
@given(review=REVIEWS)
def test_every_review_is_answered_or_refused(classify, review):
    scores = answer(classify, review)
    assert scores is None or (
        set(scores) == {"Negative", "Positive"} and math.isclose(sum(scores.values()), 1, abs_tol=1e-5)
    )


@every
@given(reviews=st.lists(REVIEWS, max_size=8), batch_size=st.none() | st.integers(1, 4))
def test_many_reviews_get_the_answers_of_each_alone_in_order(classify, reviews, batch_size):
    alone = [answer(classify, review) for review in reviews]
    good = [review for review, scores in zip(reviews, alone, strict=True) if scores is not None]
    together = classify(good, top_k=None, batch_size=batch_size)
    assert len(together) == len(good)
    for scores, entries in zip(filter(None, alone), together, strict=True):
        assert {each["label"]: each["score"] for each in entries} == pytest.approx(scores, abs=1e-4)


@every
@given(reviews=st.lists(REVIEWS, max_size=8))
def test_a_stream_gets_the_answers_of_a_list_up_to_the_first_refused(classify, reviews):
    found = []
    try:
        found += classify(iter(reviews))
        refused = len(reviews)
    except SentimentError:
        refused = next(place for place, review in enumerate(reviews) if answer(classify, review) is None)
    assert [answer(classify, review) is None for review in reviews[:refused]] == [False] * refused

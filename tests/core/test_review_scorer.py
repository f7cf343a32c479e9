import numpy as np
import pytest
from tiny import tiny_reviews

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.core.scores import softmax

REVIEWS = [row["text"] for row in tiny_reviews(30, seed=5)]


@pytest.fixture(scope="module")
def scorer(binary_adapter):
    return hf_sentiment.load(binary_adapter, dtype="float32").scorer


def test_scores_are_an_array_in_the_order_of_the_reviews(scorer):
    scores = scorer.scores(REVIEWS)
    assert scores.shape == (30, 2) and scores.dtype == np.float32
    np.testing.assert_array_equal(scores, softmax(scorer.logits(REVIEWS)))
    np.testing.assert_allclose(scores[7:8], scorer.scores([REVIEWS[7]]), atol=1e-6)
    assert scorer.scores([]).shape == (0, 2)
    assert scorer.scores(text for text in REVIEWS).shape == (30, 2)


def test_scores_of_more_reviews_than_a_chunk_come_whole(scorer):
    many = scorer.scores(REVIEWS * 40)
    np.testing.assert_allclose(many, np.tile(scorer.scores(REVIEWS), (40, 1)), atol=1e-5)


def test_progress_counts_every_review_once(scorer):
    seen = []
    scorer.scores([*REVIEWS, " ".join(REVIEWS)], progress=seen.append, long_reviews="windows", batch_size=4)
    assert sum(seen) == len(REVIEWS) + 1


def test_one_review_is_one_row(scorer):
    np.testing.assert_array_equal(scorer.scores(REVIEWS[0]), scorer.scores([REVIEWS[0]]))
    np.testing.assert_array_equal(scorer.scores({"text": REVIEWS[0]}), scorer.scores([REVIEWS[0]]))
    with pytest.raises(SentimentError, match="a set, which has no order"):
        scorer.scores(set(REVIEWS))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_length": 2}, "max_length is 2, which leaves no room .* 2 special tokens: give 3 or more"),
        ({"max_length": 0}, "max_length is 0: give a positive whole number"),
        ({"max_length": "16"}, "max_length is '16'"),
        ({"batch_size": 0}, "batch_size is 0: give a positive whole number"),
        ({"batch_size": 2.5}, "batch_size is 2.5"),
        ({"long_reviews": "fold"}, "long_reviews is 'fold'; it must be one of windows, truncate"),
        ({"max_lenght": 8}, "no option 'max_lenght'; did you mean 'max_length'?"),
        ({"single": True}, "no option 'single'"),
        ({"progress": 3}, "progress is 3: give a function"),
    ],
)
def test_an_option_that_is_not_possible_is_refused_before_a_review_is_read(scorer, options, message):
    with pytest.raises(SentimentError, match=message):
        scorer.scores(iter([None]), **options)


def test_the_smallest_window_reads_one_word_at_a_time(scorer):
    (chunk,) = scorer.chunks(["great lovely kettle"], max_length=3)
    assert chunk.windows.tolist() == [3]


UNSEEN = ["\u200b", "\ufeff \x00", "\u00ad", "\ue000", "\u0301", {"title": "\u200b", "text": ""}]


@pytest.mark.parametrize("review", UNSEEN)
def test_a_review_of_nothing_to_see_is_empty(scorer, review):
    with pytest.raises(SentimentError, match="Review 2 is empty"):
        scorer.scores(["fine", review])
    assert scorer.scores(["👍", "!", "好"]).shape == (3, 2)


@pytest.mark.parametrize("review", ["half \ud83d", {"title": "\udc00", "text": "fine"}])
def test_half_a_character_names_its_review(scorer, review):
    with pytest.raises(SentimentError, match="Review 2 contains half a character"):
        scorer.scores(["fine", review])


def test_the_windows_of_a_review_cover_all_of_its_words(scorer):
    text = " ".join(REVIEWS[:20])
    spans = scorer.window_spans(text, long_reviews="windows")
    assert len(spans) > 2 and (spans[0][0], spans[-1][1]) == (0, len(text))
    assert all(later[0] < earlier[1] for earlier, later in zip(spans, spans[1:], strict=False))
    ((start, end),) = scorer.window_spans(text, long_reviews="truncate")
    assert start == 0 and end < len(text)

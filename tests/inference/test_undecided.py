"""A pipeline with a target error leaves uncertain reviews undecided."""

import pytest

from hf_sentiment import SentimentError, load
from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig


def test_the_pipeline_leaves_reviews_undecided(binary_adapter):
    classify = load(binary_adapter, dtype="float32")
    config = classify.sentiment_config
    assert config.temperature != 1.0 and [each["target_error"] for each in config.abstention] == [0.1]
    # Which of the two is surer depends on the reviews that were drawn for training.
    texts = sorted(["great lovely happy", "great awful kettle"], key=lambda text: -classify(text)[0]["score"])
    sure, unsure = (each["score"] for each in classify(texts))
    config.abstention = [{"target_error": 0.05, "threshold": (sure + unsure) / 2}]
    answers = classify(texts, target_error=0.05)
    assert sure > unsure and [each["undecided"] for each in answers] == [False, True]
    assert "undecided" not in classify(texts)[0]
    config.abstention[0]["threshold"] = 1.1
    every = classify(texts[0], top_k=None, target_error=0.05)
    assert [entry["undecided"] for entry in every] == [True, True]
    # Several adapters use their own thresholds.
    both = load({"one": binary_adapter, "two": binary_adapter})
    both.members["one"].adapter.config.abstention = [{"target_error": 0.05, "threshold": 0.4}]
    both.members["two"].adapter.config.abstention = [{"target_error": 0.05, "threshold": 1.1}]
    answers = both(texts[0], target_error=0.05)
    assert (answers["one"]["undecided"], answers["two"]["undecided"]) == (False, True)


def test_an_unknown_target_error_is_named(binary_adapter):
    classify = load(binary_adapter, dtype="float32")
    with pytest.raises(SentimentError, match=r"no threshold for target_error 0.03; it has 0.1"):
        classify("great", target_error=0.03)
    # What the adapter could have says how many validation rows it takes.
    wanted = "at least 149 validation rows .it had 40., and more for each wrong answer among them: .* --validation-size"
    with pytest.raises(SentimentError, match=f"no threshold for target_error 0.02; it has 0.1. .* {wanted}"):
        classify("great", target_error=0.02)
    classify.sentiment_config.abstention = None
    with pytest.raises(SentimentError, match="it has none. One for 0.05 takes at least 59 validation rows"):
        classify("great", target_error=0.05)
    with pytest.raises(SentimentError, match="single-label adapters"):
        SentimentConfig(["joy", "anger"], problem_type=MULTI_LABEL).undecided_below(0.05)
    with pytest.raises(SentimentError, match="each entry needs a target_error and a threshold"):
        SentimentConfig(["a", "b"], abstention=[0.5])

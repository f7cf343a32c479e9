import json

import pytest

from hf_sentiment import SentimentError
from hf_sentiment.core.config import SentimentConfig


def test_it_comes_back_as_it_was_saved(tmp_path):
    config = SentimentConfig(["schlecht", "gut"], max_length=64, temperature=1.5, provenance={"rows": {"train": 3}})
    config.save(tmp_path)
    assert SentimentConfig.load(tmp_path) == config


def test_title_and_text_become_one_string():
    config = SentimentConfig(["a", "b"])
    assert config.render("Good", "It {works}.") == "Good. It {works}."
    assert config.render("", "It works.") == config.render(None, "It works.") == "It works."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["a"]}, "two or more different labels"),
        ({"labels": ["a", "a"]}, "two or more different labels"),
        ({"problem_type": "regression"}, "problem_type is 'regression'"),
        ({"thresholds": [0.5]}, "1 thresholds are given for 2 labels"),
        ({"template": "{title}"}, "must contain {title} and {text} once each"),
        ({"template": "{title} {text:>99999999}"}, "must contain"),
        ({"template": "{title.__class__} {text}"}, "must contain"),
        ({"template": "{title} {text"}, "must contain"),
        ({"schema_version": 99}, "schema version 99.*pip install --upgrade"),
    ],
)
def test_what_a_file_may_not_hold(tmp_path, changes, message):
    good = {"labels": ["a", "b"], "schema_version": 1}
    (tmp_path / "sentiment_config.json").write_text(json.dumps(good | changes))
    with pytest.raises(SentimentError, match=message):
        SentimentConfig.load(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"), [("{", "not readable JSON"), ("[]", "has no labels"), (None, "has no")]
)
def test_a_damaged_file_is_named(tmp_path, content, message):
    if content is not None:
        (tmp_path / "sentiment_config.json").write_text(content)
    with pytest.raises(SentimentError, match=message):
        SentimentConfig.load(tmp_path)

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
        ({"labels": ["a", 3]}, "labels is .*must be a list of names"),
        ({"labels": ["a", " "]}, "labels contains ' '"),
        ({"labels": ["a", "b\n# Owned"]}, "none that breaks a line"),
        ({"labels": ["a", "b" * 201]}, "1 to 200 characters"),
        ({"temperature": 0}, "temperature is 0; it must be a number from 0.01 to 100"),
        ({"temperature": -1}, "temperature is -1"),
        ({"temperature": "1"}, "temperature is '1'"),
        ({"temperature": True}, "temperature is True"),
        ({"temperature": 10**400}, "temperature is 1000"),
        ({"thresholds": [10**400, 0.5]}, "numbers from 0 to 1"),
        ({"base": {"id": "\ud800"}}, "surrogates not allowed"),
        ({"max_length": 10**9}, "max_length is 1000000000; it must be a whole number from 3 to 1,000,000"),
        ({"max_length": 2}, "max_length is 2"),
        ({"max_length": 12.5}, "max_length is 12.5"),
        ({"max_length": None}, "max_length is None"),
        ({"thresholds": [0.5, 1.5]}, "numbers from 0 to 1"),
        ({"thresholds": 0.5}, "thresholds is 0.5"),
        ({"abstention": {"a": 1}}, "abstention is .*must be a list"),
        ({"abstention": [{"target_error": 0.05, "threshold": None}]}, "abstention contains"),
        ({"base": ["x"]}, "base is .*must be an object"),
        ({"provenance": 3}, "provenance is 3"),
        ({"template": 5}, "must contain"),
        ({"template": "{title}{text}" + "x" * 1000}, "at most 1000 characters"),
        ({"long_reviews": []}, "long_reviews is"),
        ({"schema_version": 99}, "schema version 99.*git pull and pip install --upgrade"),
    ],
)
def test_what_a_file_may_not_hold(tmp_path, changes, message):
    good = {"labels": ["a", "b"], "schema_version": 1}
    (tmp_path / "sentiment_config.json").write_text(json.dumps(good | changes))
    with pytest.raises(SentimentError, match=message):
        SentimentConfig.load(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not readable JSON"),
        ("[]", "holds no JSON object"),
        ("{}", "has no labels"),
        (None, "has no"),
        ('{"labels": ["a", "b"], "schema_version": 1, "temperature": NaN}', "NaN is no JSON"),
        ("[" * 100_000, "not readable JSON"),
        (" " * (11 << 20), "more than 10 MiB"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, content, message):
    if content is not None:
        (tmp_path / "sentiment_config.json").write_text(content)
    with pytest.raises(SentimentError, match=message):
        SentimentConfig.load(tmp_path)

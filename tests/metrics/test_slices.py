"""Kinds of reviews, and whether their accuracy differs from the rest."""

import operator

import numpy as np
import pytest
from datasets import Dataset
from scipy.stats import fisher_exact
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.evaluation import evaluate_adapter
from hf_sentiment.metrics.slices import Slice, find_slices, holm, measure_slices
from hf_sentiment.reviews.columns import Columns

TWO = SentimentConfig(["Negative", "Positive"])
EXAMPLES = {
    "contrast": "The sound is fine, but the plug is loose.",
    "negation": "It doesn't turn on.",
    "mixed feelings": "Great screen. Terrible battery.",
    "subtle negatives": "A lovely, comfortable chair until somebody sits on it.",
    "question": "Who would buy this?",
    "exclamation": "What a lamp!",
    "all caps": "DO NOT BUY THIS THING",
    "short": "A lamp.",
    "medium length": "word " * 60,
    "long": "word " * 150,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_slice_holds_its_kind(name):
    data = Dataset.from_dict({"title": ["", ""], "text": [EXAMPLES[name], "Plain words about a lamp. " * 6]})
    found = find_slices(data, TWO)[name]
    # The other review is of medium length and in no other slice.
    assert found.inside.tolist() == [True, name == "medium length"] and found.column is None


def test_words_are_looked_for_in_english_only():
    data = Dataset.from_dict({"title": [""], "text": ["not but"]})
    german = SentimentConfig(["a", "b"], provenance={"arguments": {"language": "de"}})
    assert "negation" in find_slices(data, TWO) and "negation" not in find_slices(data, german)
    assert "short" in find_slices(data, german)


def test_each_is_measured_against_the_rest():
    right = np.array([True] * 150 + [False] * 10 + [True] * 20 + [False] * 20)
    inside = np.arange(200) >= 160
    nobody, everybody = np.zeros(200, dtype=bool), np.ones(200, dtype=bool)
    masks = {"hard": inside, "few": np.arange(200) < 29, "empty": nobody, "all": everybody}
    (hard,) = measure_slices({name: Slice(name, "", mask) for name, mask in masks.items()}, right)
    assert (hard["name"], hard["rows"], hard["accuracy"]) == ("hard", 40, 0.5)
    assert hard["difference"] == pytest.approx(0.5 - 150 / 160)
    assert hard["p_value"] == pytest.approx(fisher_exact([[20, 20], [150, 10]]).pvalue) and hard["differs"]
    assert hard["interval"][0] < 0.5 < hard["interval"][1]


def test_p_values_are_corrected_for_the_number_of_slices():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    rng = np.random.default_rng(0)
    false_alarms = 0
    for _ in range(200):
        right = rng.random(300) < 0.8
        slices = {str(number): Slice(str(number), "", rng.random(300) < 0.3) for number in range(12)}
        false_alarms += any(each["differs"] for each in measure_slices(slices, right))
    # At most 5 % of the tests, with room for chance; without a correction it would be about a third.
    assert false_alarms / 200 < 0.1


def test_columns_of_the_data_are_slices(tmp_path, binary_adapter):
    rows = tiny_reviews(240, seed=3)
    for place, row in enumerate(rows):
        row |= {"domain": ["kitchen", "garden", "rare"][min(place % 7, 2) if place < 10 else place % 2]}
        row |= {"sarcastic": int(place % 3 == 0), "shop": f"shop {place % 2}"}
    path = str(write_csv(tmp_path / "rows.csv", rows))
    names = {each["name"]: each for each in evaluate_adapter(binary_adapter, path).slices}
    assert names["sarcastic"]["rows"] == 80
    assert names["sarcastic"]["column"] == "sarcastic" and names["domain: kitchen"]["column"] == "domain"
    assert {"domain: kitchen", "domain: garden"} <= set(names) and "domain: rare" not in names
    named = evaluate_adapter(binary_adapter, path, columns=Columns(slices=("shop",))).slices
    assert {each["name"]: each["rows"] for each in named if ":" in each["name"]} == {
        "shop: shop 0": 120,
        "shop: shop 1": 120,
    }
    with pytest.raises(SentimentError, match="no slice column 'mall'; .*--slice-column"):
        evaluate_adapter(binary_adapter, path, columns=Columns(slices=("mall",)))


def test_titles_that_disagree_with_their_texts_are_a_slice(tmp_path, binary_adapter):
    rows = tiny_reviews(100, seed=4)
    for place, row in enumerate(rows):
        contrary = "awful broken useless" if row["label"] == "Positive" else "great lovely perfect"
        row["title"] = contrary if place < 50 else ""
    report = evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "rows.csv", rows)))
    found = next(each for each in report.slices if each["name"] == "title against text")
    classify = hf_sentiment.load(binary_adapter, dtype="float32")
    titles, texts = (
        [answer["label"] for answer in classify([row[key] for row in rows[:50]])] for key in ("title", "text")
    )
    # The tiny adapter need not get all of them right.
    assert found["rows"] == sum(map(operator.ne, titles, texts)) > 30

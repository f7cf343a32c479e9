"""What each word of a review adds to its label."""

import csv

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

import hf_sentiment
from hf_sentiment.core.backend import BatchLogits
from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.core.explanation import MOST_PARTS, Span, explain_answers, log_odds, parts_of, without, words_of
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.core.text_encoder import FastTextEncoder, InputFormat
from hf_sentiment.reviews.sources import DEMO_FILE


@pytest.fixture(scope="module")
def classify():
    pytest.importorskip("transformers")
    return hf_sentiment.load(dtype="float32")


@pytest.fixture(scope="module")
def demo_reviews():
    """Two dozen test reviews of the demo corpus, of ten words or more."""
    with DEMO_FILE.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test" and len(row["text"].split()) >= 10]
    return [{"title": row["title"], "text": row["text"]} for row in rows[:24]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "I don't love it!!! Well-made, 5/5.",
            ["I", "don't", "love", "it", "!!!", "Well-made", ",", "5", "/", "5", "."],
        ),
        ("Great👍🏽❤️ for my 👨‍👩‍👧", ["Great", "👍🏽❤️", "for", "my", "👨‍👩‍👧"]),
        ("हिन्दी में बढ़िया", ["हिन्दी", "में", "बढ़िया"]),
        ("这个很好。OK", ["这", "个", "很", "好", "。", "OK"]),
        ("cafe\u0301\n\n déjà_vu\t", ["cafe\u0301", "déjà_vu"]),
        ("  \n", []),
    ],
)
def test_words_are_found_in_any_script(text, words):
    assert [text[span.start : span.end] for span in words_of(text)] == words


def test_a_word_leaves_no_gap():
    assert without("I loved this", Span(2, 7)) == "I this"
    assert without("loved it", Span(0, 5)) == "it"
    assert without("I loved it", Span(8, 10)) == "I loved "
    assert without("it!", Span(2, 3)) == "it"


def test_many_words_are_taken_in_equal_groups_that_hold_all_of_them():
    text = " ".join(f"word{index}" for index in range(1000))
    spans = parts_of(text)
    assert len(spans) == MOST_PARTS and " ".join(text[span.start : span.end] for span in spans) == text


@pytest.mark.slow
def test_deleting_the_top_words_moves_the_label_more_than_deleting_any(classify, demo_reviews):
    config, draw = classify.sentiment_config, np.random.default_rng(0)
    answers = classify(demo_reviews, explain=True)
    found: dict[str, list[str]] = {"whole": [], "top": [], "random": []}
    for answer in answers:
        text, words = answer["explanation"]["text"], answer["explanation"]["words"]
        count = max(1, len(words) // 5)
        top = sorted(words, key=lambda word: -word["weight"])[:count]
        found["whole"].append(text)
        found["top"].append(_without_all(text, top))
        found["random"].append(_without_all(text, draw.choice(words, count, replace=False)))
    columns = [config.labels.index(answer["label"]) for answer in answers]
    rows = np.arange(len(answers))
    odds = {name: log_odds(classify.logits(texts), config)[rows, columns] for name, texts in found.items()}
    top, chance = odds["whole"] - odds["top"], odds["whole"] - odds["random"]
    assert np.mean(top) > 5 * np.mean(chance) and np.mean(top > chance) > 0.9


def _without_all(text, words):
    for word in sorted(words, key=lambda word: -word["start"]):
        text = without(text, Span(word["start"], word["end"]))
    return text


def test_a_weight_is_the_log_odds_that_go_with_the_word(classify):
    text = "Great kettle, but it broke."
    (answer,) = classify(text, explain=True)
    word = next(w for w in answer["explanation"]["words"] if text[w["start"] : w["end"]] == "broke")
    whole, rest = (
        {a["label"]: a["score"] for a in classify(each, top_k=None)} for each in (text, "Great kettle, but it .")
    )
    odds = [np.log(scores[answer["label"]] / (1 - scores[answer["label"]])) for scores in (whole, rest)]
    assert word["weight"] == pytest.approx(odds[0] - odds[1], abs=1e-3)


def test_every_kind_of_call_is_explained(classify):
    review = {"title": "Loved it 👍", "text": "Works well."}
    one = classify(review, explain=True)
    assert one["explanation"]["text"] == "Loved it 👍. Works well."
    assert {key: one[key] for key in ("label", "score")} == classify(review)
    both = classify([review], top_k=None, explain=True)[0]
    weights = [[word["weight"] for word in answer["explanation"]["words"]] for answer in both]
    # Of two labels, what speaks for one speaks against the other.
    np.testing.assert_allclose(weights[0], -np.array(weights[1]), atol=1e-4)
    lazy = next(iter(classify((review for _ in range(2)), explain=True)))
    assert [word["weight"] for word in lazy["explanation"]["words"]] == pytest.approx(
        [word["weight"] for word in one["explanation"]["words"]], abs=1e-4
    )
    several = classify([review, "Broke."], explain=True, batch_size=3)
    assert [len(answer["explanation"]["words"]) for answer in several] == [7, 2]
    assert "explanation" not in classify(review, explain=False)


@pytest.mark.slow
def test_one_word_and_many_windows(classify):
    (answer,) = classify("Terrible", explain=True)
    assert [word["start"] for word in answer["explanation"]["words"]] == [0]
    # Once: of forty complaints none would be missed.
    long = "It came with a cable. " * 120 + "Awful, broken, useless, avoid! "
    (answers,) = classify([long], top_k=None, explain=True, windows=True)
    negative = next(answer for answer in answers if answer["label"] == "Negative")
    words, windows = negative["explanation"]["words"], negative["windows"]
    assert windows > 2 and 100 < len(words) <= MOST_PARTS
    halves = [[w["weight"] for w in words if (w["start"] >= long.index("Awful")) is late] for late in (False, True)]
    assert np.mean(halves[1]) > np.mean(halves[0])
    # What is cut off has no say.
    (answer,) = classify(long, explain=True, long_reviews="truncate")
    late = [word["weight"] for word in answer["explanation"]["words"] if word["start"] >= 2000]
    assert set(late) == {0} and any(word["weight"] for word in answer["explanation"]["words"])


def test_labels_of_a_multi_label_adapter_have_words_of_their_own():
    config = SentimentConfig(["joy", "anger"], problem_type=MULTI_LABEL)
    answers = [{"label": "anger", "score": 0.9}, {"label": "joy", "score": 0.1}]
    words = {"glad": [1, 0], "mad": [0, 2]}

    class AddsUpWords:
        """A backend whose logits are the sums of what its words are worth."""

        length_step = 1

        def run(self, batches):
            for indices, inputs in batches:
                worth = np.array([[0, 0], [0, 0], *words.values()], dtype=np.float32)
                yield BatchLogits(indices, worth[inputs["input_ids"]].sum(axis=1))

    vocabulary = Tokenizer(models.WordLevel({"<unk>": 0, "<pad>": 1, "glad": 2, "mad": 3}, unk_token="<unk>"))
    vocabulary.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    scorer = ReviewScorer(config, FastTextEncoder(vocabulary, InputFormat(pad_id=1)), AddsUpWords())
    explain_answers(scorer, answers, "glad mad", {})
    weights = {answer["label"]: [word["weight"] for word in answer["explanation"]["words"]] for answer in answers}
    assert weights == {"anger": [0, 2], "joy": [1, 0]}

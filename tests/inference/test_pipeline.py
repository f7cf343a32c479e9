import json
import shutil

import numpy as np
import pandas
import pytest
import torch
from altered import change_config
from datasets import Dataset
from peak_memory import needs_linux, run_measured
from peft import PeftModel
from tiny import tiny_reviews
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
from transformers.pipelines.pt_utils import KeyDataset

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import adapter_files

REVIEWS = [row["text"] for row in tiny_reviews(20, seed=7)]


@pytest.fixture(scope="module")
def classify(binary_adapter):
    return hf_sentiment.load(binary_adapter, dtype="float32")


def test_the_task_is_registered_and_takes_an_adapter_folder(binary_adapter, classify):
    from_transformers = pipeline("sentiment-lora", model=str(binary_adapter), dtype="float32")
    assert from_transformers(REVIEWS) == classify(REVIEWS)


def test_answers_have_the_format_of_text_classification(classify):
    one = classify(REVIEWS[0])
    assert list(one[0]) == ["label", "score"] and one[0]["label"] in ("Negative", "Positive")
    assert classify([REVIEWS[0]]) == one
    assert classify({"text": REVIEWS[0]}) == one[0]
    both = classify(REVIEWS[0], top_k=None)
    assert both[0] == one[0] and both[0]["score"] >= both[1]["score"]
    assert sum(answer["score"] for answer in both) == pytest.approx(1)
    assert classify([REVIEWS[0]], top_k=None) == [both]
    assert classify([REVIEWS[0]], top_k=1) == [one]
    assert classify([]) == []


def test_every_kind_of_input_gives_the_same_answers_in_order(classify):
    expected = [classify(text)[0] for text in REVIEWS]
    column = Dataset.from_dict({"text": REVIEWS})["text"]
    for inputs in (REVIEWS, tuple(REVIEWS), column, [{"content": text} for text in REVIEWS]):
        answers = classify(inputs)
        assert [a["label"] for a in answers] == [e["label"] for e in expected]
        assert [a["score"] for a in answers] == pytest.approx([e["score"] for e in expected], abs=1e-5)
    for lazy in ((text for text in REVIEWS), KeyDataset(Dataset.from_dict({"text": REVIEWS}), "text"), iter(REVIEWS)):
        answers = classify(lazy)
        assert not isinstance(answers, list)
        assert [a["score"] for a in answers] == pytest.approx([e["score"] for e in expected], abs=1e-5)


def test_a_stream_is_read_only_a_little_ahead(classify):
    read = []

    def endless():
        while True:
            read.append(1)
            yield REVIEWS[0]

    next(iter(classify(endless())))
    assert 0 < len(read) <= 1025


MEMORY = """
import sys
import hf_sentiment
classify = hf_sentiment.load(sys.argv[1], dtype="float32")
reviews = (f"great {number}" for number in range(int(sys.argv[2])))
print(sum(1 for _ in classify(reviews)))
"""


@pytest.mark.slow
@needs_linux
def test_a_million_reviews_take_the_memory_of_a_hundred_thousand(binary_adapter):
    peaks = {}
    for count in (100_000, 1_000_000):
        answered, peaks[count] = run_measured(MEMORY, binary_adapter, count)
        assert answered == [str(count)]
    # Within what one process differs from the next; the answers of the rest alone would be 300 MiB.
    assert peaks[1_000_000] < peaks[100_000] + 20


def test_batch_size_changes_no_answer(classify):
    scores = [[a["score"] for a in classify(REVIEWS, batch_size=size)] for size in (None, 1, 3, 64)]
    for other in scores[1:]:
        assert other == pytest.approx(scores[0], abs=1e-5)


def test_a_review_longer_than_the_window_is_no_error(classify):
    words = " ".join(["great"] * 5000)
    assert classify(words)[0]["label"] in ("Negative", "Positive")
    assert classify(words, truncation=True, max_length=16)[0]["label"] in ("Negative", "Positive")


def test_a_long_review_is_read_whole_in_windows(classify):
    long = " ".join(["great lovely"] * 24 + ["awful broken"] * 72)
    whole = classify(long, long_reviews="windows", windows=True)[0]
    cut = classify(long, long_reviews="truncate", windows=True)[0]
    assert whole["windows"] > 2 and cut["windows"] == 1
    # Its first window is positive, most of it is not.
    assert (cut["label"], whole["label"]) == ("Positive", "Negative")
    short = classify("great lovely", long_reviews="windows", windows=True)
    assert short == classify("great lovely", long_reviews="truncate", windows=True) and short[0]["windows"] == 1


def test_windows_give_the_mean_of_their_log_odds_in_any_company(classify):
    long = " ".join(["great lovely"] * 15 + ["awful broken"] * 60)
    alone = classify.logits([long], long_reviews="windows")
    ids = classify.tokenizer(long, truncation=True, max_length=48, stride=12, return_overflowing_tokens=True)
    each = []
    for row, mask in zip(ids["input_ids"], ids["attention_mask"], strict=True):
        with torch.no_grad():
            batch = {"input_ids": torch.tensor([row]), "attention_mask": torch.tensor([mask])}
            each.append(classify.model(**batch).logits[0].numpy() / classify.sentiment_config.temperature)
    np.testing.assert_allclose(alone[0], np.mean(each, axis=0), atol=1e-5)
    together = classify.logits([REVIEWS[0], long, REVIEWS[1]], long_reviews="windows")
    np.testing.assert_allclose(together[1], alone[0], atol=1e-5)
    np.testing.assert_allclose(together[[0, 2]], classify.logits(REVIEWS[:2]), atol=1e-5)
    with pytest.raises(SentimentError, match="long_reviews is 'fold'; it must be one of windows, truncate"):
        classify("x", long_reviews="fold")


def test_the_title_is_read(classify):
    plain, titled = classify([{"text": "a thing"}, {"title": "awful broken useless", "text": "a thing"}], top_k=None)
    assert plain != titled
    # A title alone is a review too.
    assert classify({"title": "great lovely", "text": ""}) == classify({"text": "great lovely"})


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("  ", "The review is empty"),
        (["fine", ""], "Review 2 is empty"),
        (["fine", None], "Review 2 is None"),
        ([3.5], "Review 1 is a float"),
        ([{"body": "x"}], "Review 1 has no 'text'"),
        ([{"text": 3}], "has a text that is a int"),
        ([{"text": None, "title": None}], "Review 1 is empty"),
        (["fine", "half a \ud83d"], "Review 2 contains half a character"),
        ({"fine", "good"}, "a set, which has no order"),
        (b"fine", "bytes, not text"),
        (pandas.DataFrame({"body": ["x"]}), "no column 'text'"),
    ],
)
def test_what_is_no_review_is_named(classify, inputs, message):
    with pytest.raises(SentimentError, match=message):
        classify(inputs)


def test_scores_equal_plain_transformers_and_peft(binary_adapter, tiny_base, classify):
    base = AutoModelForSequenceClassification.from_pretrained(tiny_base, num_labels=2)
    model = PeftModel.from_pretrained(base, binary_adapter).eval()
    tokenizer = AutoTokenizer.from_pretrained(binary_adapter)
    for text in REVIEWS:
        with torch.no_grad():
            logits = model(**tokenizer(text, truncation=True, return_tensors="pt")).logits
        scores = (logits / classify.sentiment_config.temperature).softmax(-1)[0]
        ours = {answer["label"]: answer["score"] for answer in classify(text, top_k=None)[0:]}
        assert [ours["Negative"], ours["Positive"]] == pytest.approx(scores.tolist(), abs=1e-5)


def test_save_pretrained_writes_the_adapter_folder_and_nothing_else(classify, binary_adapter, tmp_path):
    classify.save_pretrained(tmp_path / "copy")
    assert adapter_files(tmp_path / "copy") == adapter_files(binary_adapter)
    for name in adapter_files(binary_adapter):
        assert (tmp_path / "copy" / name).read_bytes() == (binary_adapter / name).read_bytes()
    everything = {path.relative_to(tmp_path / "copy") for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert everything == set(adapter_files(binary_adapter))


def test_a_folder_that_changed_is_not_saved_as_what_was_loaded(binary_adapter, tmp_path):
    shutil.copytree(binary_adapter, tmp_path / "adapter")
    loaded = hf_sentiment.load(tmp_path / "adapter", dtype="float32")
    before = loaded.identity()
    path = tmp_path / "adapter" / "sentiment_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"temperature": 5.0}))
    assert loaded.identity() == before
    with pytest.raises(SentimentError, match="was moved or changed since the adapter was loaded"):
        loaded.save_pretrained(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_the_temperature_is_applied(binary_adapter, tmp_path, classify):
    classify.save_pretrained(tmp_path)
    change_config(tmp_path, temperature=2 * classify.sentiment_config.temperature)
    cooler = hf_sentiment.load(tmp_path, dtype="float32")
    np.testing.assert_allclose(cooler.logits(REVIEWS) * 2, classify.logits(REVIEWS), rtol=1e-6)


def test_a_data_frame_is_answered_by_its_rows(classify):
    frame = pandas.DataFrame({"stars": 5, "text": REVIEWS, "title": None})
    assert classify(frame) == classify([{"text": text} for text in REVIEWS])


def test_scores_are_what_the_answers_show(classify):
    scores = classify.scores(REVIEWS)
    assert scores.dtype == np.float32 and scores.shape == (len(REVIEWS), 2)
    assert scores.max(axis=1).tolist() == [answer["score"] for answer in classify(REVIEWS)]


def test_an_option_that_does_not_exist_is_refused(classify, binary_adapter):
    with pytest.raises(SentimentError, match="no option 'target_eror'; did you mean 'target_error'?"):
        classify(REVIEWS, target_eror=0.05)
    with pytest.raises(SentimentError, match="no option 'topk'; did you mean 'top_k'?"):
        pipeline("sentiment-lora", model=str(binary_adapter), dtype="float32", topk=2)
    with pytest.raises(SentimentError, match="function_to_apply is 'argmax'; it must be one of"):
        classify(REVIEWS[0], function_to_apply="argmax")
    with pytest.raises(SentimentError, match="max_length is 2, which leaves no room"):
        classify(REVIEWS[0], max_length=2)


def test_options_of_the_constructor_hold_for_every_call(binary_adapter, classify):
    every = pipeline("sentiment-lora", model=str(binary_adapter), dtype="float32", top_k=None, batch_size=2)
    assert every(REVIEWS[:3]) == classify(REVIEWS[:3], top_k=None, batch_size=2)
    assert every(REVIEWS[:3], top_k=1) == classify(REVIEWS[:3], top_k=1, batch_size=2)
    short = pipeline("sentiment-lora", model=str(binary_adapter), dtype="float32", max_length=4)
    np.testing.assert_array_equal(short.scores(REVIEWS), classify.scores(REVIEWS, max_length=4))
    np.testing.assert_array_equal(short.scores(REVIEWS, max_length=9), classify.scores(REVIEWS, max_length=9))


def test_wrong_options_are_named(binary_adapter):
    with pytest.raises(SentimentError, match="backend 'tpu' is not one of"):
        hf_sentiment.load(binary_adapter, backend="tpu")
    with pytest.raises(SentimentError, match="dtype 'float8' is not one of"):
        hf_sentiment.load(binary_adapter, dtype="float8")
    with pytest.raises(SentimentError, match="is a local folder and has no revisions"):
        hf_sentiment.load(binary_adapter, revision="v1", dtype="float32")
    with pytest.raises(SentimentError, match="A shipped adapter has no revisions"):
        hf_sentiment.load(revision="v1")
    with pytest.raises(SentimentError, match="labels is 'NP': give a list"):
        hf_sentiment.load(binary_adapter, labels="NP")
    with pytest.raises(SentimentError, match="adapter is None: give a Hub id or a folder"):
        hf_sentiment.load(None)
    with pytest.raises(SentimentError, match="An adapter is named twice"):
        hf_sentiment.load([binary_adapter, binary_adapter])


def failing(reviews, error):
    yield from reviews
    raise error


@pytest.mark.parametrize("count", [1, 3, 1024, 1025])
def test_an_error_of_a_generator_costs_no_answer_of_the_reviews_before_it(binary_adapter, count):
    classify = hf_sentiment.load(binary_adapter, dtype="float32")
    several = hf_sentiment.load({"a": binary_adapter}, dtype="float32")
    for reviews, expected in (
        (lambda: failing(["great"] * count, OSError("the connection was lost")), "the connection was lost"),
        (lambda: iter(["great"] * count + [None, "great"]), f"Review {count + 1} is None, not text"),
    ):
        for call in (classify, several):
            answered = 0
            with pytest.raises((OSError, SentimentError), match=expected):
                for _ in call(reviews()):
                    answered += 1
            assert answered == count


def test_a_list_is_checked_before_any_of_it_is_scored(binary_adapter):
    scored = []
    with pytest.raises(SentimentError, match="Review 3001 is None"):
        hf_sentiment.load(binary_adapter)(["great"] * 3000 + [None], progress=scored.append)
    assert not scored


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "nonsense"}, "device 'nonsense' cannot be used"),
        ({"device": "cuda:99"}, "device 'cuda:99' cannot be used"),
        ({"device": 99}, "device 99 cannot be used"),
        ({"device": "meta"}, "device 'meta' cannot be used"),
        ({"device": []}, r"device \[\] cannot be used"),
        ({"dtype": "int3"}, "dtype .*int3.* is not one of auto"),
        ({"dtype": torch.int8}, "dtype torch.int8 is not one of auto"),
        ({"dtype": []}, r"dtype \[\] is not one of auto"),
    ],
)
def test_a_wrong_device_or_precision_is_a_sentence(binary_adapter, options, message):
    for load in (hf_sentiment.load, lambda adapter, **more: pipeline("sentiment-lora", str(adapter), **more)):
        with pytest.raises(SentimentError, match=message):
            load(binary_adapter, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backend": []}, "backend .* is not one of torch, openvino"),
        ({"backend": "openvino", "device": "cuda"}, "runs on the CPU, not on 'cuda'"),
        ({"backend": "openvino", "dtype": []}, "is not one of auto, float32, bfloat16, int8"),
    ],
)
def test_a_wrong_backend_is_a_sentence(binary_adapter, options, message):
    with pytest.raises(SentimentError, match=message):
        hf_sentiment.load(binary_adapter, **options)

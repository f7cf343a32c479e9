"""From an adapter folder through the Hub and back: real HTTP, real git, real LFS."""

import os
import subprocess
import sys

import pytest
from huggingface_hub import ModelCard
from tiny import tiny_reviews
from transformers import pipeline

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import adapter_files
from hf_sentiment.hub import publish

TOKEN = "hf_test"
REVIEWS = [row["text"] for row in tiny_reviews(12, ("Negative", "Neutral", "Positive"), seed=9)]


def test_three_classes_come_back_with_their_names_and_scores(hub, three_class_adapter):
    result = publish(three_class_adapter, "user/three", token=TOKEN, tag="v1")
    assert result.commit == hub.commits("user/three")[0].id
    # ONE commit beside the one that every repository begins with.
    assert len(hub.commits("user/three")) == 2
    assert {str(name) for name in adapter_files(three_class_adapter)} == set(result.files)
    expected = hf_sentiment.load(three_class_adapter, dtype="float32")(REVIEWS, top_k=None)
    assert {answer["label"] for answer in expected[0]} == {"Negative", "Neutral", "Positive"}
    assert pipeline("sentiment-lora", model="user/three", dtype="float32")(REVIEWS, top_k=None) == expected
    assert hf_sentiment.load("user/three", revision="v1", dtype="float32")(REVIEWS, top_k=None) == expected


def test_a_pinned_revision_is_that_of_the_adapter(hub, three_class_adapter, binary_adapter):
    first = publish(binary_adapter, "user/pinned", token=TOKEN, tag="v1")
    publish(three_class_adapter, "user/pinned", token=TOKEN)
    assert len(pipeline("sentiment-lora", model="user/pinned", dtype="float32").sentiment_config.labels) == 3
    for revision in ("v1", first.commit):
        assert len(hf_sentiment.load("user/pinned", revision=revision, dtype="float32").sentiment_config.labels) == 2
    with pytest.raises(SentimentError, match="user/pinned has no revision 'v9'"):
        hf_sentiment.load("user/pinned", revision="v9", dtype="float32")


def test_pipeline_revision_is_refused_where_the_base_has_it_too(hub, binary_adapter):
    publish(binary_adapter, "user/leak", token=TOKEN, tag="exp")
    hub.add_commit("user/tiny-bert", {"notes.txt": b"x"}, revision="exp")
    with pytest.raises(SentimentError, match=r"hf_sentiment.load\('user/leak', revision='exp'\)"):
        pipeline("sentiment-lora", model="user/leak", revision="exp")


def test_publishing_again_is_one_more_commit_and_the_card_names_the_repository(hub, binary_adapter):
    publish(binary_adapter, "user/again", token=TOKEN)
    card = ModelCard(hub.repo_files("user/again")["README.md"].decode())
    assert 'model="user/again"' in card.content and "USER/NAME" not in card.content
    assert card.data.base_model == "user/tiny-bert" and card.data.library_name == "peft"
    metric = card.data.eval_results[0]
    assert (metric.metric_type, metric.dataset_split) == ("accuracy", "test")
    publish(binary_adapter, "user/again", token=TOKEN)
    assert hub.repo_files("user/again")["README.md"].decode() == str(card)


def test_private_and_pull_request(hub, binary_adapter):
    publish(binary_adapter, "user/closed", token=TOKEN, private=True)
    with pytest.raises(SentimentError, match="no adapter 'user/closed'"):
        hf_sentiment.load("user/closed", dtype="float32")
    assert hf_sentiment.load("user/closed", token=TOKEN)("great")
    hub.add_commit("user/asked", {"README.md": b"# mine\n"})
    result = publish(binary_adapter, "user/asked", token=TOKEN, create_pr=True)
    assert result.revision == "refs/pr/1" and result.url.endswith("/discussions/1")
    assert "adapter_config.json" not in hub.repo_files("user/asked")
    assert hf_sentiment.load("user/asked", revision="refs/pr/1", dtype="float32")("great")


def test_a_dry_run_asks_the_network_nothing(hub, binary_adapter):
    result = publish(binary_adapter, "user/never", dry_run=True)
    assert result.commit is None and result.files["adapter_model.safetensors"] > 1000
    assert hub.requests == []


def test_what_the_hub_refuses_is_one_sentence(hub, binary_adapter, tmp_path):
    with pytest.raises(SentimentError, match="needs a token: run hf auth login"):
        publish(binary_adapter, "user/x")
    with pytest.raises(SentimentError, match="does not accept the token"):
        publish(binary_adapter, "user/x", token="hf_wrong")
    with pytest.raises(SentimentError, match="somebody/x was not published: .*403"):
        publish(binary_adapter, "somebody/x", token=TOKEN)
    with pytest.raises(SentimentError, match="named user/name"):
        publish(binary_adapter, "no name", token=TOKEN)
    publish(binary_adapter, "user/tagged", token=TOKEN, tag="v1")
    with pytest.raises(SentimentError, match="already has a tag v1"):
        publish(binary_adapter, "user/tagged", token=TOKEN, tag="v1")
    with pytest.raises(SentimentError, match="is not a complete adapter folder: adapter_config.json"):
        publish(tmp_path, "user/x", token=TOKEN)
    with pytest.raises(SentimentError, match="There is no adapter folder"):
        publish(tmp_path / "none", "user/x", token=TOKEN)


def test_an_upload_that_fails_once_goes_through(hub, binary_adapter):
    hub.faults.fail("PUT", "/storage/", 503, times=1)
    assert publish(binary_adapter, "user/flaky", token=TOKEN).commit


def test_a_commit_that_the_hub_refuses_leaves_no_half_adapter(hub, binary_adapter):
    hub.faults.fail("POST", "/commit/", 413, times=1)
    with pytest.raises(SentimentError, match="user/refused was not published"):
        publish(binary_adapter, "user/refused", token=TOKEN)
    assert set(hub.repo_files("user/refused")) == {".gitattributes"}


def test_the_pipeline_publishes_its_adapter(hub, classify_binary):
    result = classify_binary.push_to_hub("user/pushed", token=TOKEN)
    assert set(hub.repo_files("user/pushed")) == {*result.files, ".gitattributes"}


@pytest.fixture
def classify_binary(binary_adapter):
    return hf_sentiment.load(binary_adapter, dtype="float32")


OFFLINE = """
import sys, hf_sentiment
from transformers import pipeline
print(pipeline("sentiment-lora", model="user/offline", dtype="float32")(sys.argv[1:], top_k=None))
"""


def test_a_cached_adapter_answers_offline(hub, binary_adapter):
    publish(binary_adapter, "user/offline", token=TOKEN)
    expected = pipeline("sentiment-lora", model="user/offline", dtype="float32")(REVIEWS[:2], top_k=None)
    dead = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", OFFLINE, *REVIEWS[:2]], env=dead, capture_output=True, text=True)
    assert done.stdout.strip() == str(expected), done.stderr[-2000:]

"""Folders that version 0.1 wrote load and are published as they are.

`written_by_0_1` was written by the first commit of this repository, on the tiny base of these tests; only its picture
was made smaller.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

import hf_sentiment
from hf_sentiment.hub import publish

FOLDER = Path(__file__).parent / "written_by_0_1"
LABELS = ["Negative", "Neutral", "Positive"]
REVIEWS = ["great kettle and a lovely cable", "awful", "the kettle came broken , i want a refund " * 5]


@pytest.fixture
def adapter(tiny_base, tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "adapter")


def by_hand(base):
    """The scores that PEFT gives, with the folder's tokenizer and window."""
    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=3)
    model = PeftModel.from_pretrained(model, FOLDER).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(FOLDER)
    inputs = tokenizer(REVIEWS, truncation=True, max_length=48, padding=True, return_tensors="pt")
    with torch.no_grad():
        return torch.softmax(model(**inputs).logits, dim=-1).numpy()


def test_it_gives_the_scores_that_peft_gives(adapter, tiny_base):
    classify = hf_sentiment.load(adapter, dtype="float32")
    assert classify.sentiment_config.labels == LABELS
    scores = classify.scores(REVIEWS)
    assert np.ptp(scores, axis=0).max() > 1e-4
    np.testing.assert_allclose(scores, by_hand(tiny_base), atol=1e-5)


def test_it_is_published_with_the_same_bytes_and_comes_back(adapter, hub):
    expected = hf_sentiment.load(adapter, dtype="float32")(REVIEWS, top_k=None)
    publish(adapter, "user/older", token="hf_test")
    published = hub.repo_files("user/older")
    # The card alone names its repository.
    own = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    assert set(own) <= set(published)
    assert {name for name in own if published[name] != own[name]} == {"README.md"}
    assert hf_sentiment.load("user/older", dtype="float32")(REVIEWS, top_k=None) == expected

"""A pipeline goes wherever Python objects go: through pickle, into another process, into a file."""

import copy
import io
import multiprocessing
import pickle

import numpy as np
import pytest
import torch
from tiny import tiny_reviews

import hf_sentiment
from hf_sentiment.backends import export_cache

REVIEWS = [row["text"] for row in tiny_reviews(12, seed=11)]


@pytest.fixture(scope="module")
def classify(binary_adapter):
    return hf_sentiment.load(binary_adapter, dtype="float32")


def rounded(answers):
    """Answers without what another place in memory, and so another kernel, may change."""
    return [(answer["label"], pytest.approx(answer["score"], abs=1e-6)) for answer in answers]


def given(answers):
    return [(answer["label"], answer["score"]) for answer in answers]


def test_a_pickled_pipeline_gives_the_same_answers(classify):
    again = pickle.loads(pickle.dumps(classify))
    assert given(again(REVIEWS)) == rounded(classify(REVIEWS))
    assert again.scorer.backend.model is again.model
    # The shortened last layer came along.
    assert "forward" in vars(again.model.bert.encoder.layer[-1])
    assert given(copy.deepcopy(classify)(REVIEWS)) == rounded(classify(REVIEWS))


def test_a_pipeline_is_torch_saved(classify):
    file = io.BytesIO()
    torch.save(classify, file)
    file.seek(0)
    assert given(torch.load(file, weights_only=False)(REVIEWS)) == rounded(classify(REVIEWS))


def test_a_pipeline_is_sent_to_a_spawned_process(classify):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert given(pool.apply(classify, (REVIEWS,))) == rounded(classify(REVIEWS))


def test_an_openvino_pipeline_is_pickled_too(binary_adapter, tmp_path, monkeypatch):
    monkeypatch.setattr(export_cache, "CACHE", tmp_path)
    fast = hf_sentiment.load(binary_adapter, backend="openvino", dtype="float32")
    before = fast.scores(REVIEWS)
    again = pickle.loads(pickle.dumps(fast))
    np.testing.assert_allclose(again.scores(REVIEWS), before, atol=1e-6)
    assert again.backend.check == fast.backend.check

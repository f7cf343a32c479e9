import numpy as np
import pytest
import scipy.special
from transformers.pipelines import text_classification

from hf_sentiment.core.scores import sigmoid, softmax, to_scores

LOGITS = np.random.default_rng(0).normal(0, 20, (200, 5)).astype(np.float32)


def test_scores_are_those_of_transformers_to_the_last_bit():
    np.testing.assert_array_equal(softmax(LOGITS), text_classification.softmax(LOGITS))
    np.testing.assert_array_equal(sigmoid(LOGITS), text_classification.sigmoid(LOGITS))
    assert softmax(LOGITS).dtype == sigmoid(LOGITS).dtype == np.float32


@pytest.mark.filterwarnings("error")
def test_very_large_logits_are_no_overflow():
    logits = np.array([[-1e4, 0, 1e4]], dtype=np.float32)
    np.testing.assert_allclose(sigmoid(logits), scipy.special.expit(logits))
    np.testing.assert_allclose(softmax(logits), scipy.special.softmax(logits, axis=1))


def test_the_kind_of_adapter_decides_unless_a_function_is_named():
    np.testing.assert_array_equal(to_scores(LOGITS, multi_label=False), softmax(LOGITS))
    np.testing.assert_array_equal(to_scores(LOGITS, multi_label=True), sigmoid(LOGITS))
    np.testing.assert_array_equal(to_scores(LOGITS, multi_label=True, function="softmax"), softmax(LOGITS))
    np.testing.assert_array_equal(to_scores(LOGITS, multi_label=False, function="sigmoid"), sigmoid(LOGITS))
    assert to_scores(LOGITS, multi_label=False, function="none") is LOGITS

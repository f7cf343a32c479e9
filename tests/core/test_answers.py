import numpy as np
import pytest

from hf_sentiment.core.answers import answers
from hf_sentiment.core.call_options import CallOptions
from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig

LOGITS = np.array([[0, 1, 2], [5, -5, 0]], dtype=np.float32)
THREE = SentimentConfig(["a", "b", "c"], abstention=[{"target_error": 0.05, "threshold": 0.9}])
SEVERAL = SentimentConfig(["a", "b", "c"], problem_type=MULTI_LABEL, thresholds=[0.9, 0.7, 0.4])


def labels(found):
    return [[each["label"] for each in entries] for entries in found]


def test_labels_come_highest_first():
    assert labels(answers(LOGITS, THREE, CallOptions())) == [["c"], ["a"]]
    assert labels(answers(LOGITS, THREE, CallOptions(top_k=2))) == [["c", "b"], ["a", "c"]]
    whole = answers(LOGITS, THREE, CallOptions(top_k=None))
    assert labels(whole) == [["c", "b", "a"], ["a", "c", "b"]]
    assert [sum(each["score"] for each in entries) for entries in whole] == pytest.approx([1, 1])


def test_equal_scores_keep_the_order_of_the_labels():
    (entries,) = answers(np.zeros((1, 3), np.float32), THREE, CallOptions(top_k=None))
    assert [each["label"] for each in entries] == ["a", "b", "c"]


def test_labels_of_a_multi_label_adapter_are_present_from_their_threshold_on():
    assert labels(answers(LOGITS, SEVERAL, CallOptions(present=True))) == [["c", "b"], ["a", "c"]]
    assert labels(answers(-9 + LOGITS, SEVERAL, CallOptions(present=True))) == [[], []]


def test_thresholds_are_for_the_adapters_own_scores():
    shown = answers(LOGITS, SEVERAL, CallOptions(present=True, function_to_apply="none"))
    assert labels(shown) == labels(answers(LOGITS, SEVERAL, CallOptions(present=True)))
    assert shown[0][0]["score"] == 2


def test_a_review_below_the_threshold_is_undecided():
    found = answers(LOGITS, THREE, CallOptions(target_error=0.05))
    assert [entry["undecided"] for (entry,) in found] == [True, False]
    # Whatever is shown, the calibrated score decides.
    raw = answers(LOGITS, THREE, CallOptions(target_error=0.05, function_to_apply="none"))
    assert [(entry["score"], entry["undecided"]) for (entry,) in raw] == [(2, True), (5, False)]

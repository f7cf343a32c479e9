import numpy as np
import pytest
from transformers.pipelines.text_classification import ClassificationFunction

from hf_sentiment import SentimentError
from hf_sentiment.core.call_options import call_options
from hf_sentiment.core.config import SentimentConfig

CONFIG = SentimentConfig(["Negative", "Positive"], abstention=[{"target_error": 0.05, "threshold": 0.9}])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target_eror": 0.05}, "no option 'target_eror'; did you mean 'target_error'?"),
        ({"topk": 2}, "did you mean 'top_k'?"),
        ({"flavour": 1}, "no option 'flavour'; the options are top_k, "),
        ({"function_to_apply": "sofmax"}, "function_to_apply is 'sofmax'; it must be one of softmax, sigmoid, none"),
        ({"top_k": 0}, "top_k is 0: give a positive whole number"),
        ({"top_k": "all"}, "top_k is 'all'"),
        ({"target_error": "0.05"}, "target_error is '0.05': give a number"),
        ({"present": True}, "present=True needs a multi-label adapter"),
        ({"target_error": 0.03}, "no threshold for target_error 0.03; it has 0.05"),
    ],
)
def test_what_is_wrong_is_named_with_the_cure(given, message):
    with pytest.raises(SentimentError) as caught:
        call_options(given, CONFIG)
    assert message in str(caught.value)


def test_numbers_of_numpy_are_numbers():
    given = {"top_k": np.int64(2), "batch_size": np.int32(4), "target_error": np.float32(0.05)}
    assert call_options(given, CONFIG).top_k == 2


def test_what_stock_pipelines_take_is_taken():
    options = call_options({"truncation": True, "padding": True, "num_workers": 2, "top_k": None}, CONFIG)
    assert options.top_k is None
    for function in ("SIGMOID", "sigmoid", ClassificationFunction.SIGMOID):
        assert call_options({"function_to_apply": function}, CONFIG).function_to_apply == "sigmoid"

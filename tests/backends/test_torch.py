import warnings

import pytest
import torch

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.backends.torch import has_bf16, torch_dtype


def test_the_precision_suits_the_processor(binary_adapter):
    expected = torch.bfloat16 if has_bf16() else torch.float32
    assert torch_dtype("auto") == torch_dtype(None) == expected
    assert hf_sentiment.load(binary_adapter).model.dtype == expected
    assert hf_sentiment.load(binary_adapter, dtype="float32").model.dtype == torch.float32
    with pytest.raises(SentimentError, match='"int8" needs backend="openvino"'):
        hf_sentiment.load(binary_adapter, dtype="int8")


def test_emulated_bf16_is_warned_of(binary_adapter):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch_dtype("bfloat16")
    assert any("emulates it" in str(each.message) for each in caught) != has_bf16()

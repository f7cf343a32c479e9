import pytest

import hf_sentiment


@pytest.fixture(scope="module")
def classify(binary_adapter):
    return hf_sentiment.load(binary_adapter, dtype="float32")

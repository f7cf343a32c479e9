"""A publication that answers differently from the folder is noticed."""

from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import snapshot_download

from hf_sentiment import SentimentError, load
from hf_sentiment.adapter.loading import load_adapter
from hf_sentiment.hub import publish
from hf_sentiment.hub.read_back import check_adapter, check_merged, logits_of

TOKEN = "hf_test"


def test_the_logits_are_those_of_the_pipeline(binary_adapter):
    texts = ["great lovely happy", "the kettle came with a cable and it broke"]
    expected = load(binary_adapter, dtype="float32").logits(texts)
    assert np.abs(logits_of(load_adapter(binary_adapter), texts) - expected).max() < 1e-5


@pytest.fixture
def fetched(hub):
    """Fetches a commit of the test Hub as the check does."""

    def fetch(repo_id: str, commit: str | None) -> Path:
        return Path(snapshot_download(repo_id, revision=commit, token=TOKEN))

    return fetch


def test_another_adapter_in_its_place_is_noticed(fetched, binary_adapter, three_class_adapter, train_tiny):
    folder = fetched("user/checked", publish(binary_adapter, "user/checked", token=TOKEN).commit)
    check_adapter(binary_adapter, folder, TOKEN)
    with pytest.raises(SentimentError, match="the Hub's copy has other labels than adapter"):
        check_adapter(three_class_adapter, folder, TOKEN)
    other = train_tiny(max_steps=1, epochs=1).output_dir
    with pytest.raises(SentimentError, match="the Hub's copy answers differently from adapter"):
        check_adapter(other, folder, TOKEN)


def test_another_merged_model_in_its_place_is_noticed(fetched, binary_adapter, three_class_adapter):
    folder = fetched(
        "user/whole-checked", publish(binary_adapter, "user/whole-checked", token=TOKEN, merged=True).commit
    )
    check_merged(binary_adapter, folder, TOKEN)
    with pytest.raises(SentimentError, match="has other labels than adapter"):
        check_merged(three_class_adapter, folder, TOKEN)

import re
from pathlib import Path

import pytest
from hub_adapter import CARD, weights
from huggingface_hub import HfApi


@pytest.fixture
def api(hub):
    return HfApi(endpoint=hub.url, token="hf_test")


@pytest.fixture
def anyone(hub):
    return HfApi(endpoint=hub.url, token=False)


@pytest.fixture
def repo_id(request):
    """A repo for this test only, because the Hub is shared by the whole session."""
    return "user/" + re.sub(r"\W+", "-", request.node.name).strip("-")


@pytest.fixture
def folder(tmp_path) -> Path:
    """The output of training: weights, a card, a settings file in a subfolder."""
    folder = tmp_path / "adapter"
    (folder / "more").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(weights(1))
    (folder / "README.md").write_text(CARD)
    (folder / "more" / "settings ünï.json").write_text("{}")
    return folder

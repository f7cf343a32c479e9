import pytest
from altered import change_config
from serve_process import serving

import hf_sentiment
from hf_sentiment.cli import main


@pytest.fixture(scope="session")
def served_adapter(binary_adapter, tmp_path_factory):
    """An adapter with a temperature and a threshold."""
    folder = tmp_path_factory.mktemp("adapter") / "cool"
    hf_sentiment.load(binary_adapter, dtype="float32").save_pretrained(folder)
    change_config(folder, temperature=3.0, abstention=[{"target_error": 0.05, "threshold": 0.55}])
    return folder


@pytest.fixture(scope="session")
def served_export(served_adapter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports") / "cool"
    assert main(["export", str(served_adapter), "--format", "openvino", "--output-dir", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def server(served_export):
    """A server of one adapter."""
    with serving("--adapter", f"cool={served_export}") as running:
        yield running


@pytest.fixture(scope="module")
def pipeline(served_adapter):
    return hf_sentiment.load(served_adapter, dtype="float32")

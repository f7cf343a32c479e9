import pytest
from serve_process import serving

import hf_sentiment
from hf_sentiment.cli import main


@pytest.fixture(scope="session")
def served_export(calibrated_adapter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports") / "cool"
    assert main(["export", str(calibrated_adapter), "--format", "openvino", "--output-dir", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def server(served_export):
    """A server of one adapter."""
    with serving("--adapter", f"cool={served_export}") as running:
        yield running


@pytest.fixture(scope="module")
def pipeline(calibrated_adapter):
    return hf_sentiment.load(calibrated_adapter, dtype="float32")

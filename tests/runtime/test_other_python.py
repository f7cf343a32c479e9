"""Exports answer the same on another version of Python, without torch; `make test-pythons` names the interpreter."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import hf_sentiment
from hf_sentiment.cli import main

OTHER = os.environ.get("OTHER_PYTHON")
ROOT = Path(__file__).parents[2]
REVIEWS = ["I love this great kettle", "It broke, and I want a refund", "good thing " * 90]
SCORES = """
import json, sys
from hf_sentiment.runtime import load
scores = load(sys.argv[1], dtype="float32").scores(json.loads(sys.argv[2]))
assert not {"torch", "transformers"} & set(sys.modules)
print(json.dumps([list(sys.version_info[:2]), scores.tolist()]))
"""


@pytest.mark.skipif(OTHER is None, reason="OTHER_PYTHON names no interpreter: make test-pythons")
@pytest.mark.parametrize("form", ["openvino", "onnx"])
def test_an_export_has_the_pipelines_scores(calibrated_adapter, tmp_path, form):
    assert main(["export", str(calibrated_adapter), "--format", form, "--output-dir", str(tmp_path / form)]) == 0
    command = [OTHER, "-c", SCORES, str(tmp_path / form), json.dumps(REVIEWS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    version, scores = json.loads(done.stdout)
    assert version >= [3, 11]
    expected = hf_sentiment.load(calibrated_adapter, dtype="float32").scores(REVIEWS)
    np.testing.assert_allclose(scores, expected, atol=1e-4)

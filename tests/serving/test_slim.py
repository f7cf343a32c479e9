"""The server of an export, where neither torch nor transformers are installed, as serve.Dockerfile runs it."""

import psutil
import pytest
from serve_process import serving

from hf_sentiment.compat.http import httpx


@pytest.mark.slow
def test_it_serves_an_export_without_torch(served_export, slim_python, pipeline):
    with serving("--adapter", served_export, python=slim_python) as server:
        answer = httpx.post(server.url, json={"inputs": "good thing"}, timeout=60).json()
        megabytes = psutil.Process(server.process.pid).memory_info().rss / 1e6
    expected = pipeline("good thing", top_k=None)
    assert [(each["label"], pytest.approx(each["score"], abs=1e-4)) for each in expected] == [
        (each["label"], each["score"]) for each in answer[0]
    ]
    assert megabytes < 350

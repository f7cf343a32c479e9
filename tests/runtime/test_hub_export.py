"""An ONNX export on the Hub: the runtime's and transformers.js's answers are the pipeline's."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_reviews

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.backends import checks
from hf_sentiment.cli import main
from hf_sentiment.hub import publish
from hf_sentiment.runtime import load

TOKEN = "hf_test"
TEXTS = [row["text"] for row in tiny_reviews(6, seed=21)] + ["great " * 70, "Ça ne marche pas, 100 % cassé! 👎"]
JAVASCRIPT = """
import { env, pipeline } from "@huggingface/transformers";

const [url, cache, repo, options, texts] = process.argv.slice(2);
env.remoteHost = url;
env.cacheDir = cache;
const classify = await pipeline("text-classification", repo, JSON.parse(options));
console.log(JSON.stringify(await classify(JSON.parse(texts), { top_k: null })));
"""


@pytest.fixture(scope="module")
def published(hub, binary_adapter):
    return publish(binary_adapter, "user/graph", token=TOKEN, merged=True, onnx=True, tag="v1")


def test_it_holds_what_transformers_js_and_the_runtime_load(hub, published):
    names = set(hub.repo_files("user/graph"))
    assert {"config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"} < names
    assert {f"onnx/{name}" for name in ("model.onnx", "tokenizer.json", "sentiment_config.json", "check.json")} < names
    card = hub.repo_files("user/graph")["README.md"].decode()
    assert 'pipeline("text-classification", "user/graph", {' in card and 'load("user/graph")' in card


def test_int8_is_left_out_where_its_answers_differ(hub, binary_adapter, monkeypatch, capsys):
    monkeypatch.setitem(checks.LIMITS, "int8", (1.0, -1.0))
    command = ["publish", str(binary_adapter), "user/plain", "--merged", "--onnx", "--dry-run"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "onnx/model_quantized.onnx was left out: The int8 export" in said
    assert "onnx/model.onnx" in said and "  onnx/model_quantized.onnx\n" not in said


def test_the_runtime_loads_it_from_the_hub(published, binary_adapter):
    expected = hf_sentiment.load(binary_adapter, dtype="float32").scores(TEXTS)
    for options in ({}, {"revision": "v1"}, {"local_files_only": True}):
        np.testing.assert_allclose(load("user/graph", dtype="float32", **options).scores(TEXTS), expected, atol=1e-5)


def test_what_the_hub_does_not_have_is_named(hub, published, binary_adapter):
    publish(binary_adapter, "user/no-graph", token=TOKEN, merged=True)
    with pytest.raises(SentimentError, match="user/no-graph has no sentiment_config.json: it is not an export"):
        load("user/no-graph")
    with pytest.raises(SentimentError, match="There is no export 'user/nothing'"):
        load("user/nothing")
    with pytest.raises(SentimentError, match="has no revision 'v9'"):
        load("user/graph", revision="v9")


def test_onnx_goes_with_merged(binary_adapter):
    with pytest.raises(SentimentError, match="give --merged too"):
        publish(binary_adapter, "user/graph", onnx=True, dry_run=True)


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A folder in which node finds npm's @huggingface/transformers."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no node here, which runs transformers.js")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "classify.js").write_text(JAVASCRIPT)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "@huggingface/transformers@4"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"transformers.js could not be installed: {done.stderr.strip()[-200:]}")
    return folder


def in_javascript(folder: Path, hub, repo: str, **options) -> list[dict[str, float]]:
    words = [hub.url, str(folder / "cache"), repo, json.dumps(options), json.dumps(TEXTS)]
    done = subprocess.run(
        ["node", "classify.js", *words], cwd=folder, capture_output=True, text=True, env=os.environ | {"NO_PROXY": "*"}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers = json.loads(done.stdout.splitlines()[-1])
    return [{entry["label"]: entry["score"] for entry in answer} for answer in answers]


@pytest.mark.slow
def test_javascript_gives_the_same_scores(node, hub, published, binary_adapter):
    # transformers.js truncates to the window, as the pipeline does if it is asked to.
    classify = hf_sentiment.load(binary_adapter, dtype="float32")
    expected = classify(TEXTS, top_k=None, long_reviews="truncate")
    for mine, theirs in zip(in_javascript(node, hub, "user/graph", dtype="fp32"), expected, strict=True):
        # Another version of ONNX Runtime: measured, 4e-5.
        assert mine == pytest.approx({entry["label"]: entry["score"] for entry in theirs}, abs=2e-4)


@pytest.mark.slow
def test_javascript_runs_the_shipped_adapter_in_int8(node, hub, tmp_path):
    from hf_sentiment.adapter.folder import find_adapter

    adapter = shutil.copytree(find_adapter("default"), tmp_path / "adapter")
    result = publish(adapter, "user/shipped", token=TOKEN, merged=True, onnx=True)
    assert "onnx/model_quantized.onnx" in result.files and not result.notes
    expected = hf_sentiment.load("default", dtype="float32")(TEXTS, top_k=None, long_reviews="truncate")
    for mine, theirs in zip(in_javascript(node, hub, "user/shipped", dtype="q8"), expected, strict=True):
        assert mine == pytest.approx({entry["label"]: entry["score"] for entry in theirs}, abs=0.15)

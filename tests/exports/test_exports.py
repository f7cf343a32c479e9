import json
import subprocess
import sys

import numpy as np
import onnxruntime
import openvino
import pytest
from altered import change_config
from tiny import save_tiny_base
from transformers import AutoConfig, AutoTokenizer
from transformers.pipelines.text_classification import softmax
from two_steps import train_two_steps

import hf_sentiment
from hf_sentiment import SentimentError, runtime
from hf_sentiment.adapter.loading import load_adapter
from hf_sentiment.cli import main
from hf_sentiment.exports import export_graph

TEXTS = ["great lovely thing", "awful broken junk " * 2, "fine"]


@pytest.fixture
def cooled(binary_adapter, tmp_path):
    """An adapter with a temperature, and the scores that its exports are to give."""
    hf_sentiment.load(binary_adapter, dtype="float32").save_pretrained(tmp_path / "cool")
    change_config(tmp_path / "cool", temperature=3.0)
    classify = hf_sentiment.load(tmp_path / "cool", dtype="float32")
    return tmp_path / "cool", softmax(classify.logits(TEXTS))


def onnx_scores(folder, batch):
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    return session.run(["logits"], {entry.name: batch[entry.name] for entry in session.get_inputs()})[0]


def openvino_scores(folder, batch):
    # Left to itself OpenVINO takes bf16 where the processor has it.
    precision = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(str(folder / "openvino_model.xml"), "CPU", precision)
    names = [port.get_any_name() for port in compiled.inputs]
    return compiled({name: batch[name] for name in names})[0]


@pytest.mark.parametrize(("form", "run"), [("onnx", onnx_scores), ("openvino", openvino_scores)])
def test_a_graph_gives_the_calibrated_scores(cooled, form, run, tmp_path, capsys):
    adapter, expected = cooled
    folder = tmp_path / "made" / form
    assert main(["export", str(adapter), "--format", form, "--output-dir", str(folder)]) == 0
    assert "its labels agree with torch's on 100.0 %" in capsys.readouterr().out
    # Only the exported folder, as on another server.
    tokenizer = AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(TEXTS, padding=True, truncation=True, return_tensors="np")
    np.testing.assert_allclose(softmax(run(folder, dict(batch))), expected, atol=1e-4)
    assert AutoConfig.from_pretrained(folder).id2label == {0: "Negative", 1: "Positive"}
    assert json.loads((folder / "check.json").read_text())["rows"] > 100


def test_a_refused_export_leaves_nothing(binary_adapter, tmp_path, monkeypatch, capsys):
    from hf_sentiment.backends import checks

    monkeypatch.setitem(checks.LIMITS, "float32", (1.0, -1.0))
    assert main(["export", str(binary_adapter), "--format", "onnx", "--output-dir", str(tmp_path / "out")]) == 2
    assert "differs too much from torch" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_a_merged_model_takes_no_precision(binary_adapter, tmp_path, capsys):
    command = ["export", str(binary_adapter), "--format", "merged", "--dtype", "int8", "--output-dir", str(tmp_path)]
    assert main(command) == 2
    assert "--dtype applies to --format openvino and onnx" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("form", ["onnx", "openvino"])
def test_int8_keeps_the_labels_of_the_shipped_adapter(form, tmp_path):
    folder = tmp_path / form
    assert main(["export", "default", "--format", form, "--dtype", "int8", "--output-dir", str(folder)]) == 0
    check = json.loads((folder / "check.json").read_text())
    assert check["dtype"] == "int8" and check["label_agreement"] >= 0.98
    classify = runtime.load(folder)
    assert classify.scorer.backend.dtype == "int8"
    reference = hf_sentiment.load("default", dtype="float32")
    np.testing.assert_allclose(classify.scores(TEXTS), reference.scores(TEXTS), atol=0.1)


def test_a_base_that_cannot_be_written_as_onnx_is_a_sentence(tmp_path, capsys):
    base = save_tiny_base(tmp_path / "base", "xlnet")
    train_two_steps(tmp_path / "adapter", base, ["a", "b"])
    loaded = load_adapter(tmp_path / "adapter", base_model=str(base))
    with pytest.raises(SentimentError, match="xlnet model cannot be written as ONNX.*--format openvino"):
        export_graph(loaded, tmp_path / "out", "onnx")
    assert not (tmp_path / "out").exists()


def test_the_onnx_export_names_its_extra(binary_adapter, tmp_path):
    # An install without the extra, played by a process that cannot find its packages.
    code = (
        "import sys, importlib.util; find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name.startswith('onnx') else find(name, *rest)\n"
        "from hf_sentiment.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "export", str(binary_adapter), "--format", "onnx"]
    done = subprocess.run([*command, "--output-dir", str(tmp_path / "out")], capture_output=True, text=True)
    assert done.returncode == 2 and 'pip install ".[onnx]" in a clone of hf_sentiment' in done.stderr


FULL = """
import resource, sys
from hf_sentiment.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
sys.exit(main(["export", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("form", ["merged", "onnx", "openvino"])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(binary_adapter, tmp_path, form):
    words = [str(binary_adapter), "--format", form, "--output-dir", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", FULL, *words], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 2 and "The folder is that of --output-dir." in last
    assert "Traceback" not in done.stderr and not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["merged", "onnx", "openvino"])
def test_another_user_may_read_what_is_written(binary_adapter, tmp_path, form):
    # As under the usual umask of 022: containers often run as another user.
    code = "import os, sys; os.umask(0o022)\nfrom hf_sentiment.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ["export", str(binary_adapter), "--format", form, "--output-dir", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for path in (tmp_path / "out").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755

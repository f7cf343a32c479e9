"""The model as a graph for other runtimes: ONNX, and OpenVINO's own format, checked against torch as they are made."""

import inspect
import json
import warnings
from pathlib import Path

import numpy as np
import torch

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.checks import check_against_torch, sample_rows
from hf_sentiment.backends.openvino import OpenVINOBackend
from hf_sentiment.errors import require
from hf_sentiment.exports.merged import merge_calibrated, new_folder
from hf_sentiment.exports.openvino import convert, require_openvino

CHECK = "check.json"


def export_openvino(loaded: LoadedAdapter, output_dir: str | Path, dtype: str = "float32") -> Path:
    """Write openvino_model.xml and .bin, the config and the tokenizer: the layout that optimum-intel loads.

    Args:
        loaded: an adapter on its base; its PeftModel is used up.
        output_dir: a folder that is not there yet, or empty.
        dtype: "float32", or "int8" (weights and activations, calibrated on the demo reviews).

    Returns:
        The folder; its check.json says how near to torch the answers are.

    Raises:
        SentimentError: OpenVINO is missing, the folder holds something, or the answers differ too much from torch's.
    """
    require_openvino()
    with new_folder(output_dir) as folder:
        model = merge_calibrated(loaded)
        path = folder / "openvino_model.xml"
        convert(loaded, dtype, path)
        runner = OpenVINOBackend(path, dtype)
        found = check_against_torch(loaded, dtype, runner.run, runner.length_step)
        _describe(loaded, model, folder, found)
    return Path(output_dir).expanduser()


def export_onnx(loaded: LoadedAdapter, output_dir: str | Path) -> Path:
    """Write model.onnx in float32, the config and the tokenizer: the layout that optimum-onnx loads.

    Batch and length are free; inputs are named as the tokenizer names them; the output is "logits".

    Args:
        loaded: an adapter on its base; its PeftModel is used up.
        output_dir: a folder that is not there yet, or empty.

    Returns:
        The folder; its check.json says how near to torch the answers of ONNX Runtime are.

    Raises:
        SentimentError: ONNX Runtime is missing, the folder holds something, or the answers differ too much from
            torch's.
    """
    for package in ("onnx", "onnxruntime"):
        require(package, "onnx", "The ONNX export")
    import onnxruntime

    with new_folder(output_dir) as folder:
        model = merge_calibrated(loaded)
        path = folder / "model.onnx"
        write_onnx(model, sample_rows(loaded, "train")[0], path)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        names = [entry.name for entry in session.get_inputs()]

        def run(batches):
            for indices, batch in batches:
                yield indices, session.run(None, {name: batch[name].astype(np.int64) for name in names})[0]

        _describe(loaded, model, folder, check_against_torch(loaded, "float32", run))
    return Path(output_dir).expanduser()


def write_onnx(model: torch.nn.Module, row: dict[str, list[int]], path: Path) -> None:
    """Write a classifier as ONNX, given one tokenised text as an example."""
    # In the order of the model's own signature: that is how the exporter matches names to inputs.
    names = [name for name in inspect.signature(model.forward).parameters if name in row]
    example = {name: torch.tensor([row[name]] * 2) for name in names}
    axes = {name: {0: "reviews", 1: "tokens"} for name in names} | {"logits": {0: "reviews"}}
    with_names, model.config.return_dict = model.config.return_dict, False
    try:
        with warnings.catch_warnings():
            # Shapes that become constants, and the exporter's own age: what came of it is what the check is for.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                model.float().eval(),
                (),
                str(path),
                kwargs=example,
                input_names=names,
                output_names=["logits"],
                dynamic_axes=axes,
                # The newer exporter needs one more package, and fixes shapes that masks are made from.
                dynamo=False,
            )
    finally:
        model.config.return_dict = with_names


def _describe(loaded: LoadedAdapter, model: torch.nn.Module, folder: Path, found: dict) -> None:
    model.config.save_pretrained(folder)
    loaded.tokenizer.save_pretrained(folder)
    (folder / CHECK).write_text(json.dumps(found, indent=2) + "\n")

"""Export an adapter to a folder as an ONNX model."""

import inspect
import warnings
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedModel

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.checks import check_against_torch, sample_tokens
from hf_sentiment.backends.onnx import OnnxBackend
from hf_sentiment.core.batching import padded_batches
from hf_sentiment.errors import require
from hf_sentiment.exports.description import describe
from hf_sentiment.exports.merged import merge_calibrated
from hf_sentiment.exports.new_folder import new_folder


def export_onnx(loaded: LoadedAdapter, output_dir: str | Path) -> Path:
    """Write model.onnx in float32, the config and the tokenizer: the layout that optimum-onnx loads.

    Batch size and length are dynamic; inputs have the tokenizer's names; the output is "logits".

    Args:
        loaded: an adapter on its base; this consumes its PeftModel.
        output_dir: a folder that does not exist yet, or is empty.

    Returns:
        The folder; its check.json says how closely the answers of ONNX Runtime match torch's.

    Raises:
        SentimentError: ONNX Runtime is missing, the folder is not empty, or the answers differ too much from torch's.
    """
    for package in ("onnx", "onnxruntime"):
        require(package, "onnx", "The ONNX export")
    with new_folder(output_dir) as folder:
        model = merge_calibrated(loaded)
        path = folder / "model.onnx"
        convert_to_onnx(loaded, path)
        describe(loaded, model, folder, check_against_torch(loaded, "float32", OnnxBackend(path)))
    return Path(output_dir).expanduser()


def convert_to_onnx(loaded: LoadedAdapter, path: Path) -> None:
    """Write the merged model as ONNX.

    Args:
        loaded: an adapter; this consumes its PeftModel.
        path: the .onnx file to write.
    """
    model: PreTrainedModel = loaded.merge()
    rows = sample_tokens(loaded, "train")[:1]
    (batch,) = padded_batches(rows, loaded.encoder.layout, loaded.config.max_length)
    # In the order of the model's signature, because the exporter matches names to inputs by position.
    names = [name for name in inspect.signature(model.forward).parameters if name in batch.inputs]
    example = {name: torch.from_numpy(np.repeat(batch.inputs[name], 2, axis=0)) for name in names}
    axes = {name: {0: "reviews", 1: "tokens"} for name in names} | {"logits": {0: "reviews"}}
    with_names, model.config.return_dict = model.config.return_dict, False
    try:
        with warnings.catch_warnings():
            # It warns about shapes that become constants and about its own age; `check_against_torch` tests the result.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                model.float().eval(),
                (),
                str(path),
                kwargs=example,
                input_names=names,
                output_names=["logits"],
                dynamic_axes=axes,
                # The newer exporter needs another package, and makes shapes constant that masks are computed from.
                dynamo=False,
            )
    finally:
        model.config.return_dict = with_names

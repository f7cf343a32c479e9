"""Convert the merged model to ONNX."""

import inspect
import logging
import warnings
from pathlib import Path

import torch
from torch.export import Dim
from transformers import PreTrainedModel

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.exports.calibration import example_inputs, quantize


def convert_to_onnx(loaded: LoadedAdapter, dtype: str, path: Path) -> None:
    """Write the merged model as ONNX.

    Args:
        loaded: an adapter; this consumes its PeftModel.
        dtype: "float32", or "int8", quantized with the activations of the demo reviews.
        path: the .onnx file to write.

    Raises:
        SentimentError: the exporter cannot express the model.
    """
    model: PreTrainedModel = loaded.merge()
    inputs = example_inputs(loaded)
    # In the order of the model's signature, because the exporter matches names to inputs by position.
    names = [name for name in inspect.signature(model.forward).parameters if name in inputs]
    # At each export it warns that torchvision is not installed, which no text needs.
    registration = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registration.level
    # transformers has no public name for it; without it, the exported model is checked as it was written.
    attention = getattr(model.config, "_attn_implementation", "eager")
    registration.setLevel(logging.ERROR)
    # Written out, because the exporter turns torch's own attention into more operations, which take a fifth more time.
    model.set_attn_implementation("eager")
    try:
        with warnings.catch_warnings():
            # It warns about shapes that become constants; `check_against_torch` tests the result.
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                model.float().eval(),
                (),
                kwargs={name: inputs[name] for name in names},
                input_names=names,
                output_names=["logits"],
                dynamic_shapes={name: {0: Dim.DYNAMIC, 1: Dim.DYNAMIC} for name in names},
                dynamo=True,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        raise SentimentError(
            f"This {model.config.model_type} model cannot be written as ONNX ({first_line(error)}): "
            "--format merged writes it, and --format openvino may."
        ) from error
    finally:
        registration.setLevel(level)
        model.set_attn_implementation(attention)
    assert program is not None  # of dynamo=True
    written = program.model_proto
    if dtype == "int8":
        written = quantize(loaded, written, [entry.name for entry in written.graph.input])
    path.write_bytes(written.SerializeToString())

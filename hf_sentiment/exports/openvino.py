"""Convert the merged model to OpenVINO's format."""

import warnings
from pathlib import Path

import torch

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.exports.calibration import example_inputs, quantize


def convert_to_openvino(loaded: LoadedAdapter, dtype: str, path: Path) -> None:
    """Write the merged model in OpenVINO's format.

    Args:
        loaded: an adapter; this consumes its PeftModel.
        dtype: "int8", quantized with the activations of the demo reviews; else the weights keep 32 bits.
        path: the .xml file to write; the weights go into a .bin file beside it.
    """
    import openvino

    with warnings.catch_warnings():
        # Tracing warns that shapes become constants; `check_against_torch` tests whether that is harmless.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # type: ignore[attr-defined] # it is there
        converted = openvino.convert_model(loaded.merge().float().eval(), example_input=example_inputs(loaded))
    if dtype == "int8":
        converted = quantize(loaded, converted, [port.get_any_name() for port in converted.inputs])
    openvino.save_model(converted, path, compress_to_fp16=False)

"""Export an adapter to a folder as an OpenVINO model."""

import warnings
from pathlib import Path

import numpy as np
import torch

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.checks import check_against_torch, sample_tokens
from hf_sentiment.backends.openvino import OpenVINOBackend
from hf_sentiment.core.batching import padded_batches
from hf_sentiment.errors import require
from hf_sentiment.exports.description import describe
from hf_sentiment.exports.merged import merge_calibrated
from hf_sentiment.exports.new_folder import new_folder

CALIBRATION_ROWS = 256


def require_openvino() -> None:
    """Raise a SentimentError that says what to install if OpenVINO is missing."""
    for package in ("openvino", "nncf"):
        require(package, "openvino", 'The backend "openvino"')


def export_openvino(loaded: LoadedAdapter, output_dir: str | Path, dtype: str = "float32") -> Path:
    """Write openvino_model.xml and .bin, the config and the tokenizer: the layout that optimum-intel loads.

    Args:
        loaded: an adapter on its base; this consumes its PeftModel.
        output_dir: a folder that does not exist yet, or is empty.
        dtype: "float32", or "int8" (weights and activations, calibrated on the demo reviews).

    Returns:
        The folder; its check.json says how closely the answers match torch's.

    Raises:
        SentimentError: OpenVINO is missing, the folder is not empty, or the answers differ too much from torch's.
    """
    require_openvino()
    with new_folder(output_dir) as folder:
        model = merge_calibrated(loaded)
        path = folder / "openvino_model.xml"
        convert_to_openvino(loaded, dtype, path)
        describe(loaded, model, folder, check_against_torch(loaded, dtype, OpenVINOBackend(path, dtype)))
    return Path(output_dir).expanduser()


def convert_to_openvino(loaded: LoadedAdapter, dtype: str, path: Path) -> None:
    """Write the merged model in OpenVINO's format.

    Args:
        loaded: an adapter; this consumes its PeftModel.
        dtype: "float32", or "int8", quantized with the activations of the demo reviews.
        path: the .xml file to write; the weights go into a .bin file beside it.
    """
    import openvino

    rows = sample_tokens(loaded, "train")[:CALIBRATION_ROWS]
    samples = [
        batch.inputs for batch in padded_batches(rows, loaded.encoder.layout, loaded.config.max_length, batch_size=1)
    ]
    example = {name: torch.from_numpy(np.repeat(array, 2, axis=0)) for name, array in samples[0].items()}
    with warnings.catch_warnings():
        # Tracing warns that shapes become constants; `check_against_torch` tests whether that is harmless.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # type: ignore[attr-defined] # it is there
        converted = openvino.convert_model(loaded.merge().float().eval(), example_input=example)
    if dtype == "int8":
        import nncf

        nncf.set_log_level("ERROR")
        names = {port.get_any_name() for port in converted.inputs}
        known = [{name: array for name, array in sample.items() if name in names} for sample in samples]
        converted = nncf.quantize(
            converted, nncf.Dataset(known), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(known)
        )
    openvino.save_model(converted, path, compress_to_fp16=False)

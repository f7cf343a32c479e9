"""Export an adapter to a folder as a graph that OpenVINO or ONNX Runtime runs."""

from dataclasses import replace
from pathlib import Path

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.checks import check_against_torch
from hf_sentiment.backends.export_files import ONNX_FOLDER, ONNX_INT8
from hf_sentiment.backends.runtimes import RUNTIMES
from hf_sentiment.core.backend import ExportCheck
from hf_sentiment.errors import SentimentError
from hf_sentiment.exports.description import describe, write_runtime_files
from hf_sentiment.exports.merged import merge_calibrated
from hf_sentiment.exports.new_folder import new_folder
from hf_sentiment.exports.onnx import convert_to_onnx
from hf_sentiment.exports.openvino import convert_to_openvino

CONVERTERS = {"openvino": convert_to_openvino, "onnx": convert_to_onnx}


def export_graph(loaded: LoadedAdapter, output_dir: str | Path, runtime: str, dtype: str = "float32") -> Path:
    """Write the model, the config and the tokenizer: the layout that optimum loads, and all that the runtime needs.

    OpenVINO: openvino_model.xml and .bin. ONNX: model.onnx, or model_quantized.onnx in int8. Batch size and length are
    dynamic; inputs have the tokenizer's names; the output is "logits".

    Args:
        loaded: an adapter on its base; this consumes its PeftModel.
        output_dir: a folder that does not exist yet, or is empty.
        runtime: "openvino" or "onnx".
        dtype: "float32", or "int8" (weights and activations, calibrated on the demo reviews).

    Returns:
        The folder; its check.json says how closely the answers match torch's.

    Raises:
        SentimentError: a package is missing, the folder is not empty, or the answers differ too much from torch's.
    """
    RUNTIMES[runtime].require(writing=True)
    with new_folder(output_dir) as folder:
        model = merge_calibrated(loaded)
        describe(loaded, model, folder, write_graph(loaded, folder, runtime, dtype), RUNTIMES[runtime])
    return Path(output_dir).expanduser()


def add_onnx(loaded: LoadedAdapter, merged: Path) -> str | None:
    """Add an ONNX export to a merged model's folder, where transformers.js and `hf_sentiment.runtime` look for it.

    Args:
        loaded: the adapter that `export_merged` wrote there.
        merged: the folder of the merged model.

    Returns:
        Why there is no model in int8; None if there is one.

    Raises:
        SentimentError: a package is missing, or the float32 model differs too much from torch.
    """
    RUNTIMES["onnx"].require(writing=True)
    folder = merged / ONNX_FOLDER
    folder.mkdir()
    # The head was divided by the temperature when the model was merged.
    config = replace(loaded.config, temperature=1.0)
    write_runtime_files(loaded, config, folder, write_graph(loaded, folder, "onnx", "float32"))
    try:
        write_graph(loaded, folder, "onnx", "int8")
    except SentimentError as error:
        (folder / ONNX_INT8).unlink(missing_ok=True)
        return str(error)
    return None


def write_graph(loaded: LoadedAdapter, folder: Path, runtime: str, dtype: str) -> ExportCheck:
    """Write the model alone, as `loaded` has it.

    Args:
        loaded: an adapter; this consumes its PeftModel.
        folder: exists.
        runtime: "openvino" or "onnx".
        dtype: of its `Runtime.files`.

    Returns:
        How closely the answers match torch's.

    Raises:
        SentimentError: they differ too much.
    """
    path = folder / RUNTIMES[runtime].files[dtype]
    CONVERTERS[runtime](loaded, dtype, path)
    return check_against_torch(loaded, dtype, RUNTIMES[runtime].backend(path, dtype, None))

"""The demo reviews as an exporter needs them: an example to convert a model with, and samples to calibrate int8."""

from typing import Any

import torch

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.checks import sample_tokens
from hf_sentiment.core.batching import padded_batches

CALIBRATION_ROWS = 256


def example_inputs(loaded: LoadedAdapter) -> dict[str, torch.Tensor]:
    """Two reviews, one of them padded: model input name -> int64 tensor of shape (2, tokens).

    An exporter may take a size of 1 for a constant, and leave the mask out where nothing is padded.
    """
    rows = sample_tokens(loaded, "train")[:2]
    (batch,) = padded_batches(rows, loaded.encoder.layout, loaded.config.max_length, batch_size=2)
    return {name: torch.from_numpy(array) for name, array in batch.inputs.items()}


def quantize(loaded: LoadedAdapter, model: Any, names: list[str]) -> Any:
    """Quantize weights and activations to int8, with the activations of the demo's training reviews.

    Args:
        loaded: the adapter that the model was made from.
        model: for OpenVINO or ONNX, in float32.
        names: of its inputs.

    Returns:
        The model in int8, of the same kind.
    """
    import nncf

    nncf.set_log_level("ERROR")
    rows = sample_tokens(loaded, "train")[:CALIBRATION_ROWS]
    # One by one: padding would enter into the statistics.
    batches = padded_batches(rows, loaded.encoder.layout, loaded.config.max_length, batch_size=1)
    samples = [{name: batch.inputs[name] for name in names} for batch in batches]
    return nncf.quantize(model, nncf.Dataset(samples), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(samples))

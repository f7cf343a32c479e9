"""Compare what a base's config says with its checkpoint, before memory is taken for it.

A small config.json can ask for any number of layers and any width.
"""

import math
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoModelForSequenceClassification, PretrainedConfig

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.errors import SentimentError, first_line

# Number of parameters that a classifier may have besides those of its checkpoint: its pooler and its head.
MOST_NEW = 50_000_000


def check_layers(base: Base, config: PretrainedConfig) -> None:
    """Check that a config has no more layers than its checkpoint has tensors.

    Raises:
        SentimentError: it has, or the checkpoint cannot be read.
    """
    layers, tensors = getattr(config, "num_hidden_layers", 0), len(_tensors(base))
    if isinstance(layers, int) and layers > tensors:
        raise _wrong(base, f"{layers:,} layers", f"{tensors:,} tensors")


def check_parameters(base: Base, config: PretrainedConfig, *, trust_remote_code: bool = False) -> None:
    """Check that a classifier has about as many parameters as its checkpoint.

    Raises:
        SentimentError: it has far more, or the checkpoint cannot be read.
    """
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(config, trust_remote_code=trust_remote_code)
    parameters, stored = model.num_parameters(), sum(_tensors(base))
    if parameters > stored + MOST_NEW:
        raise _wrong(base, f"{parameters:,} parameters", f"{stored:,} numbers")


def _tensors(base: Base) -> list[int]:
    """The number of elements of each tensor in a base's checkpoint, read from the headers of its files."""
    sizes = []
    for path in sorted(Path(base.path).glob("*.safetensors")):
        try:
            with safe_open(path, framework="pt") as file:
                sizes += [math.prod(file.get_slice(name).get_shape()) for name in file.keys()]  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise SentimentError(
                f"The base {base.id} could not be loaded: {path.name} is damaged or truncated ({first_line(error)})."
            ) from error
    return sizes


def _wrong(base: Base, asked: str, there: str) -> SentimentError:
    return SentimentError(
        f"The base {base.id} could not be loaded: its config.json asks for {asked}, and its checkpoint has {there}."
    )

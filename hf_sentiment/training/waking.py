"""Wake a base whose first token was never trained.

Encoders trained with mean pooling, such as all-MiniLM-L6-v2, have a first token that says next to nothing about a text,
and it is the one that a classification head reads. LoRA can give it the mean of all tokens without any training: with a
query of zero, the first token attends to all tokens alike in the last layer. Two bases have a better start: layers that
have learnt from titles of reviews, without labels (scripts/wake_base.py).
"""

from importlib.resources import files
from pathlib import Path
from typing import cast

import torch
from peft import PeftModel
from peft.tuners.lora import Linear
from safetensors.torch import load_file

from hf_sentiment.adapter.base_model import SHORT_NAMES
from hf_sentiment.adapter.last_layer import encoder_layers
from hf_sentiment.adapter.lora_targets import FUSED, QUERY
from hf_sentiment.training.speedups.lower_layers import classifier_of

# Base -> the updates of its linear layers, one tensor `<layer>.A` and one `<layer>.B` for each: update = B A.
AWAKE = {
    SHORT_NAMES[name]: Path(str(files("hf_sentiment.assets"))) / "awake" / f"{name}.safetensors"
    for name in ("minilm", "mpnet")
}


def last_query(model: PeftModel) -> Linear | None:
    """The LoRA layer on the query projection of the last encoder layer; None if there is none."""
    layers = encoder_layers(classifier_of(model))
    if layers is None:
        return None
    found = [
        module
        for name, module in layers[-1].named_modules()
        if name.rpartition(".")[2] in QUERY - FUSED and isinstance(module, Linear)
    ]
    return found[0] if len(found) == 1 else None


@torch.no_grad()
def cancel_query(query: Linear, inputs: torch.Tensor) -> None:
    """Set a query projection's LoRA update so that the queries of these inputs are as close to zero as its rank allows.

    The update reads the inputs' principal directions, and cancels the projection and its bias by least squares.

    Args:
        query: the LoRA layer of a query projection.
        inputs: what it reads of first tokens, of shape (texts, width).
    """
    name = query.active_adapters[0]
    base, low, high = (
        cast(torch.nn.Linear, each) for each in (query.base_layer, query.lora_A[name], query.lora_B[name])
    )
    # In double precision, since a decomposition's last digits differ from run to run: rounded, they are the same.
    # On the CPU, since not every accelerator has it.
    inputs = inputs.double().cpu()
    queries = inputs @ base.weight.double().cpu().T
    if base.bias is not None:
        queries += base.bias.double().cpu()
    directions = torch.linalg.svd(inputs, full_matrices=False).Vh[: low.out_features]
    cancelling = torch.linalg.lstsq(inputs @ directions.T, -queries).solution
    for layer in (low, high):
        layer.weight.zero_()
    low.weight[: len(directions)] = directions
    high.weight[:, : len(directions)] = cancelling.T / query.scaling[name]


@torch.no_grad()
def start_awake(model: PeftModel, base: str) -> bool:
    """Set the LoRA layers to updates that ship for this base, whatever the rank of both.

    Args:
        model: the classifier with its LoRA layers; it is changed only if it has all layers that the updates are for.
        base: the base's Hub id.

    Returns:
        Whether there are such updates, and the model has the layers.
    """
    path = AWAKE.get(base)
    if path is None or not path.is_file():
        return False
    layers = {name: each for name, each in classifier_of(model).named_modules() if isinstance(each, Linear)}
    updates = load_file(path)
    names = {name.rpartition(".")[0] for name in updates}
    if not names <= layers.keys():
        return False
    for name in names:
        _set_update(layers[name], updates[f"{name}.A"].float(), updates[f"{name}.B"].float())
    return True


def _set_update(layer: Linear, low: torch.Tensor, high: torch.Tensor) -> None:
    """Set a LoRA layer's update to `high @ low`, or to the nearest update of its rank."""
    name = layer.active_adapters[0]
    down, up = (cast(torch.nn.Linear, each) for each in (layer.lora_A[name], layer.lora_B[name]))
    if len(low) > down.out_features:
        # In double precision, as in `cancel_query`.
        left, values, right = torch.linalg.svd(high.double() @ low.double(), full_matrices=False)
        roots = values[: down.out_features].sqrt()
        low, high = roots[:, None] * right[: len(roots)], left[:, : len(roots)] * roots
    # Further rows of the first matrix keep their random values, and the second one is zero there.
    up.weight.zero_()
    down.weight[: len(low)] = low
    up.weight[:, : len(low)] = high / layer.scaling[name]

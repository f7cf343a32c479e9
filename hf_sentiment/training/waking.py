"""Wake a base whose first token was never trained: let it read the mean of all tokens.

Encoders trained with mean pooling, such as all-MiniLM-L6-v2, have a first token that says next to nothing about a text,
and it is the one that a classification head reads. LoRA can give it the mean without any training: with a query of
zero, the first token attends to all tokens alike in the last layer.
"""

from typing import cast

import torch
from peft import PeftModel
from peft.tuners.lora import Linear

from hf_sentiment.adapter.last_layer import encoder_layers
from hf_sentiment.adapter.lora_targets import FUSED, QUERY
from hf_sentiment.training.speedups.lower_layers import classifier_of


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
    queries = inputs @ base.weight.float().T
    if base.bias is not None:
        queries += base.bias.float()
    directions = torch.linalg.svd(inputs, full_matrices=False).Vh[: low.out_features]
    cancelling = torch.linalg.lstsq(inputs @ directions.T, -queries).solution
    for layer in (low, high):
        layer.weight.zero_()
    low.weight[: len(directions)] = directions
    high.weight[:, : len(directions)] = cancelling.T / query.scaling[name]

"""What the layers of a classifier read of training rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import numpy as np
import torch
from datasets import Dataset
from peft import PeftModel
from peft.tuners.lora import Linear as LoraLinear
from transformers import PreTrainedModel

from hf_sentiment.backends.layer_inputs import LayerInputs
from hf_sentiment.core.batching import run_batches
from hf_sentiment.core.rendering import render_rows
from hf_sentiment.core.text_encoder import encode_truncated
from hf_sentiment.training.setup import RunSetup


def read_by_layer(
    layer: torch.nn.Linear | LoraLinear, model: PeftModel, rows: Dataset, setup: RunSetup, *, bf16: bool
) -> np.ndarray:
    """What a layer reads of each row, or of its first token; truncated to the window.

    Args:
        layer: a linear layer of the model, with LoRA or without.
        model: the classifier with its LoRA layers.
        rows: with the columns title and text.
        setup: the setup of the run.
        bf16: compute in bf16.

    Returns:
        float32 array of shape (rows, the layer's input width).
    """
    tokens = encode_truncated(setup.encoder, render_rows(rows, setup.config), setup.config.max_length)
    with _evaluating(model) as evaluated:
        backend = LayerInputs(evaluated, layer, bf16=bf16)
        return run_batches(
            tokens, setup.encoder.layout, setup.config.max_length, backend, labels=cast(int, layer.in_features)
        )


@contextmanager
def _evaluating(model: PeftModel) -> Iterator[PreTrainedModel]:
    training = model.training
    try:
        yield cast(PreTrainedModel, model.eval())
    finally:
        model.train(training)

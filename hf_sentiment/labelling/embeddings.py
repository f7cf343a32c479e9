"""Embeddings: one vector for each review, from the last hidden states of an encoder."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from hf_sentiment.core.batching import padded_batches
from hf_sentiment.core.text_encoder import TextEncoder, encode_truncated


def embed(
    model: PreTrainedModel,
    encoder: TextEncoder,
    texts: list[str],
    max_length: int,
    progress: Callable[[int], object] | None = None,
) -> NDArray[np.float32]:
    """The mean of the last hidden states of each text's first window, scaled to length 1.

    Where an encoder gives no state for each token, it is the state of the first one: an adapter's last layer may
    compute no other (see `hf_sentiment.adapter.last_layer`), and Funnel shortens its input.

    Args:
        model: a classifier; its head is not used.
        encoder: its tokenizer.
        texts: rendered reviews, at least one.
        max_length: the window in tokens, special tokens included.
        progress: called after each batch with the number of its texts.

    Returns:
        float32 array of shape (texts, width of the encoder).
    """
    found: dict[int, NDArray[np.float32]] = {}
    for indices, inputs in padded_batches(encode_truncated(encoder, texts, max_length), encoder.layout, max_length):
        tensors = {name: torch.from_numpy(array).to(model.device) for name, array in inputs.items()}
        with torch.inference_mode():
            states = model.base_model(**tensors)[0].float()
            mask = tensors["attention_mask"]
            pooled = _mean(states, mask) if states.shape[:2] == mask.shape else states[:, 0]
            vectors = torch.nn.functional.normalize(pooled).cpu().numpy()
        found |= zip(indices, vectors, strict=True)
        if progress is not None:
            progress(len(indices))
    return np.stack([found[index] for index in range(len(texts))])


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask.unsqueeze(-1).float()
    return (states * weights).sum(dim=1) / weights.sum(dim=1)

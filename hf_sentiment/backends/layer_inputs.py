"""What a layer reads: a backend that gives the input of one layer of a classifier instead of logits."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from transformers import PreTrainedModel

from hf_sentiment.backends.torch import TorchBackend
from hf_sentiment.core.backend import Batch, BatchLogits

# torch keeps a kernel with its own buffers for each shape of a batch.
LENGTH_STEP = 8


class LayerInputs(TorchBackend):
    """Runs a classifier, and gives what one of its layers reads: the vector of each review, or of its first token.

    Args:
        model: a sequence classifier.
        layer: a layer of it that reads vectors, such as the head's last one.
        bf16: compute in bf16 autocast.
    """

    length_step = LENGTH_STEP

    def __init__(self, model: PreTrainedModel, layer: torch.nn.Module, *, bf16: bool = False) -> None:
        super().__init__(model)
        self.layer = layer
        self.bf16 = bf16
        self._read = torch.empty(0)

    def run(self, batches: Iterable[Batch]) -> Iterator[BatchLogits]:
        """Yield the layer's inputs for each batch, float32, of shape (reviews, width)."""
        handle = self.layer.register_forward_pre_hook(self._keep)
        try:
            for batch in batches:
                with torch.autocast(self.model.device.type, dtype=torch.bfloat16, enabled=self.bf16):
                    indices, _ = next(super().run([batch]))
                yield BatchLogits(indices, self._read.float().cpu().numpy())
        finally:
            handle.remove()

    def _keep(self, layer: torch.nn.Module, args: tuple[Any, ...]) -> None:
        self._read = args[0] if args[0].ndim == 2 else args[0][:, 0]

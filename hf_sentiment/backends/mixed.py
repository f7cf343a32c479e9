"""The backend of adapters that share one base: each window with the adapter it is for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch

from hf_sentiment.adapter.shared_base import AdapterGroup
from hf_sentiment.core.backend import Batch, BatchLogits


class MixedBackend:
    """Runs the PeftModel of a group of adapters, in float32.

    Args:
        group: the adapters.
        keys: the adapter of each window, by its index; of a group that is not mixable, all the same.
    """

    length_step = 1
    dtype = "float32"

    def __init__(self, group: AdapterGroup, keys: Mapping[int, str] | Sequence[str]) -> None:
        self.group, self.keys = group, keys

    def run(self, batches: Iterable[Batch]) -> Iterator[BatchLogits]:
        """Yield the logits of each batch, in order."""
        model = self.group.model
        for indices, inputs in batches:
            named = {"adapter_names": [self.keys[index] for index in indices]} if self.group.mixable else {}
            tensors = {name: torch.from_numpy(array).to(model.device) for name, array in inputs.items()}
            with self.group.lock, torch.inference_mode():
                if not self.group.mixable:
                    model.set_adapter(self.keys[indices[0]])
                logits = model(**tensors, **named).logits.float().cpu().numpy()
            yield BatchLogits(indices, logits)

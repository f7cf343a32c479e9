"""The default backend: transformers' own model."""

import warnings
from collections.abc import Iterable, Iterator

import numpy as np
import torch

from hf_sentiment.errors import SentimentError

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def has_bf16(device: torch.device | None = None) -> bool:
    """Whether this machine computes in bf16; without the instructions for it a CPU only imitates it, slowly."""
    if device is not None and device.type != "cpu":
        return device.type == "cuda" and torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported()


def warn_of_imitation(place: torch.device | None) -> None:
    """Warn who asked for bf16 by name where it is imitated."""
    if not has_bf16(place):
        warnings.warn(
            'This processor has no instructions for bf16 and imitates it, many times slower: dtype="auto" knows.',
            stacklevel=4,
        )


def torch_dtype(dtype: str | torch.dtype | None) -> torch.dtype:
    """The precision to compute in: what is asked for, or by "auto" what the processor is good at.

    What the checkpoint holds does not count: half precision is many times slower on a CPU without the instructions.

    Raises:
        SentimentError: torch does not run this model in it.
    """
    if isinstance(dtype, torch.dtype):
        return dtype
    place = torch.accelerator.current_accelerator(check_available=True)
    if dtype in (None, "auto"):
        return torch.bfloat16 if has_bf16(place) else torch.float32
    if dtype not in PRECISIONS:
        known = ", ".join(["auto", *PRECISIONS])
        raise SentimentError(f'dtype {dtype!r} is not one of {known}; "int8" takes backend="openvino".')
    if dtype == "bfloat16":
        warn_of_imitation(place)
    return PRECISIONS[dtype]


class TorchBackend:
    """Runs a transformers sequence classifier, one batch after the other."""

    length_step = 1

    def __init__(self, model: torch.nn.Module):
        self.model = model

    def run(self, batches: Iterable[tuple[list[int], dict]]) -> Iterator[tuple[list[int], np.ndarray]]:
        """Logits of padded batches; see `hf_sentiment.backends`."""
        for indices, batch in batches:
            with torch.inference_mode():
                tensors = {key: torch.from_numpy(value).to(self.model.device) for key, value in batch.items()}
                yield indices, self.model(**tensors).logits.float().cpu().numpy()

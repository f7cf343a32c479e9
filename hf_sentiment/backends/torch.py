"""The default backend: transformers' own model."""

from collections.abc import Iterable, Iterator

import torch
from transformers import PreTrainedModel

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.processor import warn_of_bf16
from hf_sentiment.core.backend import Batch, BatchLogits
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.errors import SentimentError, first_line

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def has_bf16(device: torch.device | None = None) -> bool:
    """Whether this machine has bf16 instructions; without them a CPU emulates bf16 slowly."""
    if device is not None and device.type != "cpu":
        return device.type == "cuda" and torch.cuda.is_bf16_supported()
    # Private: where a version of torch lacks it, float32 is right, and slower.
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return supported is not None and bool(supported())


def check_device(device: object) -> None:
    """Check that torch has a device of this machine under a name or number; None and -1 leave the choice to it.

    Raises:
        SentimentError: it has none.
    """
    if device is None or device == -1:
        return
    try:
        # Read, because the device "meta" makes tensors without values.
        torch.zeros(1, device=device).item()  # type: ignore[call-overload] # anything that a caller may give
    except Exception as error:  # noqa: BLE001 - RuntimeError, TypeError, ValueError and AssertionError alike
        raise SentimentError(
            f'device {device!r} cannot be used ({first_line(error)}): give "cpu", or a GPU of this machine, such as '
            '"cuda:0".'
        ) from error


def torch_dtype(dtype: str | torch.dtype | None) -> torch.dtype:
    """The precision to compute in: the requested one, or with "auto" the one that suits the processor.

    The checkpoint's own precision does not matter: half precision is many times slower on a CPU without the
    instructions for it.

    Raises:
        SentimentError: torch does not run the model in this precision.
    """
    if dtype in (*PRECISIONS.values(), torch.float64):
        return dtype
    place = torch.accelerator.current_accelerator(check_available=True)
    if dtype in (None, "auto"):
        return torch.bfloat16 if has_bf16(place) else torch.float32
    if not isinstance(dtype, str) or dtype not in PRECISIONS:
        known = ", ".join(["auto", *PRECISIONS])
        raise SentimentError(f'dtype {dtype!r} is not one of {known}; "int8" needs backend="openvino".')
    if dtype == "bfloat16" and not has_bf16(place):
        warn_of_bf16()
    return PRECISIONS[dtype]


class TorchBackend:
    """Runs a transformers sequence classifier, one batch after another."""

    length_step = 1

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model

    @property
    def dtype(self) -> str:
        """The precision of the model: "float32", "bfloat16"."""
        return str(self.model.dtype).removeprefix("torch.")

    def run(self, batches: Iterable[Batch]) -> Iterator[BatchLogits]:
        """Yield the logits of each batch, in order."""
        for indices, inputs in batches:
            with torch.inference_mode():
                tensors = {name: torch.from_numpy(array).to(self.model.device) for name, array in inputs.items()}
                logits = self.model(**tensors).logits.float().cpu().numpy()
            yield BatchLogits(indices, logits)


def torch_scorer(loaded: LoadedAdapter) -> ReviewScorer:
    """A scorer of an adapter merged on torch, in the precision it was loaded in; this consumes the PeftModel."""
    return ReviewScorer(loaded.config, loaded.encoder, TorchBackend(loaded.merge().eval()))

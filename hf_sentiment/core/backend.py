"""The backend interface: only running the model differs between torch, OpenVINO and ONNX Runtime."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray


class Batch(NamedTuple):
    """Padded windows that go through the model together.

    Attributes:
        indices: the position of each window in the input.
        inputs: model input name -> int64 array of shape (windows, tokens).
    """

    indices: list[int]
    inputs: dict[str, NDArray[np.int64]]


class BatchLogits(NamedTuple):
    """The logits of one batch.

    Attributes:
        indices: those of the batch.
        logits: float32 array of shape (windows, labels), not calibrated.
    """

    indices: list[int]
    logits: NDArray[np.float32]


class Backend(Protocol):
    """Runs a model; threads may share it.

    Attributes:
        length_step: batches are padded to a multiple of this many tokens, for runtimes that compile kernels for each
            new shape.
    """

    length_step: int

    @property
    def dtype(self) -> str:
        """The precision it computes in."""
        ...

    def run(self, batches: Iterable[Batch]) -> Iterator[BatchLogits]:
        """Yield the logits of each batch, in any order."""
        ...


class ExportCheck(TypedDict):
    """How closely a runtime's answers match those of torch in float32, on the sample reviews.

    Attributes:
        dtype: the runtime's precision.
        label_agreement: share of the reviews with the same label.
        largest_score_difference: over all reviews and labels.
        rows: number of reviews compared.
    """

    dtype: str
    label_agreement: float
    largest_score_difference: float
    rows: int

"""The ONNX Runtime backend."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hf_sentiment.core.backend import Batch, BatchLogits, ExportCheck

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class OnnxBackend:
    """Runs an exported adapter on the CPU, one batch after another. Threads may share it.

    Args:
        path: the model's .onnx file.
        dtype: "float32" or "int8", as it was exported.
        check: how closely the export's answers match torch's.
    """

    length_step = 1

    def __init__(self, path: Path, dtype: str, check: ExportCheck | None = None) -> None:
        self.path = path
        self.dtype = dtype
        self.check = check

    def __getstate__(self) -> dict[str, Any]:
        """The state for pickle: the file's path, and nothing that exists only in this process."""
        return {"path": self.path, "dtype": self.dtype, "check": self.check}

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        return onnxruntime.InferenceSession(str(self.path), providers=["CPUExecutionProvider"])

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        """The names of the model's inputs."""
        return tuple(entry.name for entry in self._session.get_inputs())

    def run(self, batches: Iterable[Batch]) -> Iterator[BatchLogits]:
        """Yield the logits of each batch, in order."""
        for indices, inputs in batches:
            (logits,) = self._session.run(None, {name: inputs[name] for name in self.input_names})
            yield BatchLogits(indices, logits)

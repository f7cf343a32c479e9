"""The ONNX Runtime backend."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from hf_sentiment.core.backend import Batch, BatchLogits


class OnnxBackend:
    """Runs an exported adapter on the CPU, one batch after another. Threads may share it.

    Args:
        path: the model's .onnx file.
    """

    length_step = 1
    dtype = "float32"

    def __init__(self, path: Path) -> None:
        import onnxruntime

        self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self._names = [entry.name for entry in self._session.get_inputs()]

    def run(self, batches: Iterable[Batch]) -> Iterator[BatchLogits]:
        """Yield the logits of each batch, in order."""
        for indices, inputs in batches:
            (logits,) = self._session.run(None, {name: inputs[name] for name in self._names})
            yield BatchLogits(indices, logits)

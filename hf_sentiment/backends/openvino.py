"""The OpenVINO backend: many batches on one stream per core, a single batch on all cores, in bf16 or int8."""

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.backend import Batch, BatchLogits, ExportCheck

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest

HINTS = {"float32": "f32", "bfloat16": "bf16", "int8": "bf16"}


def has_bf16() -> bool:
    """Whether OpenVINO has instructions for bf16 on this processor."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def default_dtype() -> str:
    """The precision that "auto" stands for: "bfloat16" if the processor has the instructions, else "float32"."""
    return "bfloat16" if has_bf16() else "float32"


class OpenVINOBackend:
    """Runs an exported adapter on the CPU. Threads may share it.

    Args:
        path: the model's .xml file.
        dtype: "float32", "bfloat16" or "int8", as it was exported.
        check: how closely the export's answers match torch's.
    """

    # OpenVINO compiles and keeps kernels for each new shape. Measured on MiniLM in int8: reviews of 300 different
    # lengths, one by one, take 11 ms each and 1 GB; rounded up to multiples of 8, also from the second pass on, 6 ms
    # and 0.3 GB.
    length_step = 8

    def __init__(self, path: Path, dtype: str, check: ExportCheck | None = None) -> None:
        self.path = path
        self.dtype = dtype
        self.check = check
        # Without a hint, OpenVINO may choose a precision other than the requested one.
        self._hint = HINTS[dtype] if dtype != "int8" or has_bf16() else "f32"
        self._idle: list[list[InferRequest]] = []

    def __getstate__(self) -> dict[str, Any]:
        """The state for pickle: the file's path, and nothing that exists only in this process."""
        return {"path": self.path, "dtype": self.dtype, "check": self.check, "_hint": self._hint}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._idle = []

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        """The names of the model's inputs."""
        import openvino

        return tuple(port.get_any_name() for port in openvino.Core().read_model(self.path).inputs)

    def run(self, batches: Iterable[Batch]) -> Iterator[BatchLogits]:
        """Yield the logits of each batch, in any order."""
        batches = iter(batches)
        first = list(islice(batches, 2))
        if len(first) == 2:
            yield from self._run_many(chain(first, batches))
            return
        # A single batch would leave the other cores idle: a batch of one review takes half the time on two cores.
        for batch in first:
            yield BatchLogits(batch.indices, self.run_one(batch, all_cores=True))

    def run_one(self, batch: Batch, *, all_cores: bool) -> NDArray[np.float32]:
        """The logits of one batch, of shape (windows, labels): on all cores, or on one beside batches on the others."""
        compiled = self._on_all_cores if all_cores else self._stream_per_core
        request = compiled.create_infer_request()
        request.start_async(_inputs(compiled, batch.inputs))
        return _answer(batch.indices, request).logits

    def compile_shapes(self, shapes: Iterable[tuple[int, int]], seconds: float) -> None:
        """Make kernels for batches of some shapes, on each stream.

        Args:
            shapes: of (windows, tokens).
            seconds: after which it ends.
        """
        end = time.monotonic() + seconds
        streams = [self._on_all_cores.create_infer_request()]
        streams += [self._stream_per_core.create_infer_request() for _ in range(cores())]
        for shape in shapes:
            if time.monotonic() > end:
                return
            inputs = dict.fromkeys(self.input_names, np.ones(shape, dtype=np.int64))
            streams[0].infer(inputs)
            # All at once, so that each stream has one.
            for request in streams[1:]:
                request.start_async(inputs)
            for request in streams[1:]:
                request.wait()

    def _run_many(self, batches: Iterable[Batch]) -> Iterator[BatchLogits]:
        requests = self._take_requests()
        waiting: deque[tuple[list[int], InferRequest]] = deque()
        try:
            for (indices, batch), request in zip(batches, cycle(requests), strict=False):
                if len(waiting) == len(requests):
                    # The oldest answer is that of the request whose turn it is.
                    yield _answer(*waiting.popleft())
                request.start_async(_inputs(self._stream_per_core, batch))
                waiting.append((indices, request))
            while waiting:
                yield _answer(*waiting.popleft())
        finally:
            # If the caller stopped early, or a batch failed.
            for _, request in waiting:
                request.wait()
            self._idle.append(requests)

    def _take_requests(self) -> "list[InferRequest]":
        """Requests that no other run uses. No lock is held while a run yields: its caller may start another one."""
        try:
            return self._idle.pop()
        except IndexError:
            # Twice as many as cores, so that none waits for the next batch. No AsyncInferQueue: its Python callback can
            # want the interpreter's lock while the model is freed by a thread that holds it and waits for the callback.
            return [self._stream_per_core.create_infer_request() for _ in range(2 * cores())]

    @cached_property
    def _stream_per_core(self) -> "CompiledModel":
        # Two batches at once, each on its own core, beat one batch split over both.
        return self._compile(streams=cores())

    @cached_property
    def _on_all_cores(self) -> "CompiledModel":
        return self._compile(streams=1)

    def _compile(self, streams: int) -> "CompiledModel":
        import openvino

        options = {
            "INFERENCE_PRECISION_HINT": self._hint,
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": cores(),
        }
        if self.dtype == "int8" and self._hint == "bf16":
            # OpenVINO 2026.4.1 generates a kernel for attention that is wrong, by 0.5 in a logit, where a batch is as
            # long as a head is wide: 32 tokens for MiniLM. Without it, the answers take the same time.
            options["SNIPPETS_MODE"] = "DISABLE"
        return openvino.Core().compile_model(str(self.path), "CPU", options)


def _answer(indices: list[int], request: "InferRequest") -> BatchLogits:
    request.wait()
    return BatchLogits(indices, request.get_output_tensor(0).data.copy())


def _inputs(compiled: "CompiledModel", inputs: dict[str, NDArray[np.int64]]) -> dict[str, NDArray[np.int64]]:
    names = {port.get_any_name() for port in compiled.inputs}
    return {name: array for name, array in inputs.items() if name in names}


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

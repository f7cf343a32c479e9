"""The OpenVINO backend: many batches on one stream per core, one batch on all cores, in bf16 or int8."""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, cycle, islice
from pathlib import Path

import numpy as np

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.torch import has_bf16, warn_of_imitation
from hf_sentiment.errors import SentimentError
from hf_sentiment.exports.openvino import cached_export, require_openvino

HINTS = {"float32": "f32", "bfloat16": "bf16", "int8": "bf16"}


def openvino_backend(adapter: LoadedAdapter, dtype: str = "auto") -> "OpenVINOBackend":
    """The backend of an adapter, which is exported and checked where the cache does not have it yet.

    Args:
        adapter: with its model merged already.
        dtype: "auto" (bf16 where the processor has it, else float32), "float32", "bfloat16" or "int8".

    Raises:
        SentimentError: OpenVINO is not installed, or the export answers too differently from torch.
    """
    require_openvino()
    if dtype == "auto":
        dtype = "bfloat16" if has_bf16() else "float32"
    if dtype not in HINTS:
        raise SentimentError(f"dtype {dtype!r} is not one of auto, {', '.join(HINTS)} on the backend openvino.")
    if dtype == "bfloat16":
        warn_of_imitation(None)
    path, check = cached_export(adapter, dtype, OpenVINOBackend)
    return OpenVINOBackend(path, dtype, check)


class OpenVINOBackend:
    """Runs an exported adapter on the CPU. Threads may share it.

    Attributes:
        check: what the export's comparison with torch gave: `label_agreement`, `largest_score_difference`, `rows`.
    """

    # For each new shape OpenVINO compiles kernels and keeps them: measured on MiniLM in int8, reviews one by one of
    # 300 different lengths take 11 ms each and 1 GB; rounded to eights, from the second pass on too, 6 ms and 0.3 GB.
    length_step = 8

    def __init__(self, path: Path, dtype: str, check: dict | None = None):
        self.path = path
        self.check = check
        # Left to itself OpenVINO may choose another precision than the one that was asked for.
        self._hint = HINTS[dtype] if dtype != "int8" or has_bf16() else "f32"
        self._lock = threading.Lock()

    def run(self, batches: Iterable[tuple[list[int], dict]]) -> Iterator[tuple[list[int], np.ndarray]]:
        """Logits of padded batches; see `hf_sentiment.backends`."""
        batches = iter(batches)
        first = list(islice(batches, 2))
        if len(first) == 2:
            yield from self._run_many(chain(first, batches))
            return
        # Nothing else to keep the other cores busy: a batch of one review takes half the time on two of them.
        for indices, batch in first:
            request = self._on_all_cores.create_infer_request()
            request.infer(_inputs(self._on_all_cores, batch))
            yield indices, request.get_output_tensor(0).data.copy()

    def _run_many(self, batches: Iterable[tuple[list[int], dict]]) -> Iterator[tuple[list[int], np.ndarray]]:
        compiled, requests = self._stream_per_core
        waiting: deque = deque()
        # One caller at a time: the requests are shared.
        with self._lock:
            try:
                for (indices, batch), request in zip(batches, cycle(requests), strict=False):
                    if len(waiting) == len(requests):
                        # The oldest answer is that of the request whose turn it is.
                        yield _answer(*waiting.popleft())
                    request.start_async(_inputs(compiled, batch))
                    waiting.append((indices, request))
                while waiting:
                    yield _answer(*waiting.popleft())
            finally:
                # Where the caller stopped early, or a batch failed.
                for _, request in waiting:
                    request.wait()

    @cached_property
    def _stream_per_core(self):
        # Two batches at once, each on its own core, beat one batch split over both.
        compiled = self._compile(streams=_cores())
        # Twice as many as cores, so that none waits for the next batch. No AsyncInferQueue: its Python callback can
        # want the interpreter's lock while the model is freed by a thread that holds it and waits for the callback.
        return compiled, [compiled.create_infer_request() for _ in range(2 * _cores())]

    @cached_property
    def _on_all_cores(self):
        return self._compile(streams=1)

    def _compile(self, streams: int):
        import openvino

        options = {
            "INFERENCE_PRECISION_HINT": self._hint,
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": _cores(),
        }
        return openvino.Core().compile_model(str(self.path), "CPU", options)


def _answer(indices: list[int], request) -> tuple[list[int], np.ndarray]:
    request.wait()
    return indices, request.get_output_tensor(0).data.copy()


def _inputs(compiled, batch: dict) -> dict:
    names = {port.get_any_name() for port in compiled.inputs}
    return {key: value for key, value in batch.items() if key in names}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

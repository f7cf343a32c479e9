"""The OpenVINO backend: one inference stream per core, in bf16 or int8, exported once per adapter revision."""

import os
import queue
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from hf_sentiment.adapter import LoadedAdapter
from hf_sentiment.backends.openvino_export import cached_export, require_openvino
from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.errors import SentimentError

HINTS = {"float32": "f32", "bfloat16": "bf16", "int8": "bf16"}


class OpenVINOBackend:
    """Runs an exported adapter on the CPU.

    Attributes:
        check: what the export's comparison with torch gave: `label_agreement`, `largest_score_difference`, `rows`.
    """

    def __init__(self, adapter: LoadedAdapter, dtype: str = "auto"):
        require_openvino()
        import openvino

        if dtype == "auto":
            dtype = "bfloat16" if has_bf16() else "float32"
        if dtype not in HINTS:
            raise SentimentError(f"dtype {dtype!r} is not one of auto, {', '.join(HINTS)} on the backend openvino.")
        path, self.check = cached_export(adapter, dtype, self)
        self._compile(openvino, path, dtype)

    def _compile(self, openvino, path: Path, dtype: str) -> None:
        # Left to itself OpenVINO may choose another precision than the one that was asked for.
        hint = HINTS[dtype] if dtype != "int8" or has_bf16() else "f32"
        # One stream a core: two batches at once, each on its own core, beat one batch split over both.
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        options = {"INFERENCE_PRECISION_HINT": hint, "NUM_STREAMS": cores, "INFERENCE_NUM_THREADS": cores}
        compiled = openvino.Core().compile_model(str(path), "CPU", options)
        self.inputs = {port.get_any_name() for port in compiled.inputs}
        self.requests = openvino.AsyncInferQueue(compiled, cores)

    def run(self, batches: Iterable[tuple[list[int], dict]]) -> Iterator[tuple[list[int], np.ndarray]]:
        """Logits of padded batches; see `hf_sentiment.backends`."""
        done: queue.SimpleQueue = queue.SimpleQueue()

        def collect(request, indices):
            done.put((indices, request.get_output_tensor(0).data.copy()))

        self.requests.set_callback(collect)
        for indices, batch in batches:
            arrays = {key: value for key, value in batch.items() if key in self.inputs}
            self.requests.start_async(arrays, indices)
            while not done.empty():
                yield done.get()
        self.requests.wait_all()
        while not done.empty():
            yield done.get()

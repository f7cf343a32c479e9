"""What opens a server's adapters."""

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.backends.openvino import OpenVINOBackend, cores
from hf_sentiment.core.backend import Backend, Batch
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.batch_shapes import BatchShapes
from hf_sentiment.serving.names import Named

# OpenVINO computes a batch per core at the same time, and a review waits for fewer others in small ones. Measured on
# MiniLM with 64 clients, a review costs 9.7 ms of a core in batches of 256 tokens, and 8.9 in those of 384 and more
# in int8; in float32 and bf16, as much in all.
SMALL_BATCH = 384

# MiniLM takes 4 to 8 of them on two cores. After them, a larger model has at least kernels for few windows.
COMPILE_SECONDS = 20.0


def logits_of(backend: Backend, batch: Batch) -> NDArray[np.float32]:
    """The logits of one batch, of shape (windows, labels)."""
    (answer,) = backend.run([batch])
    return answer.logits


class Opener(ABC):
    """Opens adapters; its methods block."""

    def prepare(self, named: Named) -> None:
        """Make what several processes that open these adapters would otherwise make each: nothing."""
        return

    def open(self, named: Named) -> list[ServedAdapter]:
        """Open the adapters that the server starts with."""
        return [self.add(name, *source) for name, source in named.items()]

    @abstractmethod
    def add(self, name: str, source: str, revision: str | None) -> ServedAdapter:
        """Open one more."""

    def remove(self, adapter: ServedAdapter) -> None:
        """Free the memory of one, unless nobody else holds it."""
        return


def served_alone(
    name: str, source: str, revision: str | None, scorer: ReviewScorer, identity: dict[str, str]
) -> ServedAdapter:
    """An adapter whose model is its own."""
    backend = scorer.backend
    adapter = ServedAdapter(
        name,
        source,
        revision,
        identity,
        scorer,
        together=object(),
        compute=lambda batch, keys, all_cores: logits_of(backend, batch),
    )
    if not isinstance(backend, OpenVINOBackend):
        return adapter
    shapes = BatchShapes(scorer.config.max_length, SMALL_BATCH)
    return replace(
        adapter,
        compute=lambda batch, keys, all_cores: backend.run_one(batch, all_cores=all_cores),
        batch_tokens=SMALL_BATCH,
        # Twice as many as cores, so that none waits for the next batch.
        lanes=2 * cores(),
        shapes=shapes,
        compile_shapes=lambda: backend.compile_shapes(shapes, COMPILE_SECONDS),
    )

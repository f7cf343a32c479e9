"""What `/metrics` shows, in Prometheus' format; names of text-embeddings-inference where they mean the same."""

import os
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

# Seconds, from a cached answer to a deadline.
SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
TOKENS = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
# Where prometheus_client keeps the numbers of several processes.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """The numbers of a server. None has a label that a client chooses freely."""

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self._shared = SHARED_FOLDER in os.environ
        self._queue_size: Callable[[], int] | None = None
        self.requests = Counter("te_request_count", "Requests by route and status", ["route", "code"], registry=own)
        self.seconds = Histogram(
            "te_request_duration", "Seconds of a request", ["route"], registry=own, buckets=SECONDS
        )
        self.waited = Histogram(
            "te_request_queue_duration", "Seconds of a request in the queue", registry=own, buckets=SECONDS
        )
        self.queued = Gauge("te_queue_size", "Windows that wait", registry=own, multiprocess_mode="livesum")
        self.batch_size = Histogram(
            "te_batch_next_size", "Windows that are computed together", registry=own, buckets=SIZES
        )
        self.batch_tokens = Histogram(
            "te_batch_next_tokens", "Tokens that are computed together", registry=own, buckets=TOKENS
        )
        self.batch_seconds = Histogram(
            "te_batch_inference_duration", "Seconds of computing them", registry=own, buckets=SECONDS
        )
        self.reviews = Counter("hf_sentiment_reviews", "Reviews scored, by adapter", ["adapter"], registry=own)
        self.loads = Counter(
            "hf_sentiment_adapter_changes", "Adapters loaded and unloaded, by outcome", ["change"], registry=own
        )
        self.adapters = Gauge("hf_sentiment_adapters", "Adapters in memory", registry=own, multiprocess_mode="livemax")

    def watch_queue(self, size: Callable[[], int]) -> None:
        """Show the size of a queue; of several processes, as of each one's last batch."""
        self._queue_size = size
        if not self._shared:
            self.queued.set_function(size)

    def observe_batch(self, windows: int, tokens: int, seconds: float) -> None:
        """Count what was computed together."""
        self.batch_size.observe(windows)
        self.batch_tokens.observe(tokens)
        self.batch_seconds.observe(seconds)
        if self._shared and self._queue_size:
            self.queued.set(self._queue_size())

    def page(self) -> bytes:
        """All numbers, those of all processes together."""
        if not self._shared:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)
        return generate_latest(together)

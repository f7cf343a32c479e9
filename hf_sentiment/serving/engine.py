"""The threads that compute: they take windows from the queue, round after round."""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.backend import Batch
from hf_sentiment.core.batching import padded_batches
from hf_sentiment.errors import first_line
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.metrics import Metrics
from hf_sentiment.serving.tickets import Part, Ticket, TicketQueue

log = logging.getLogger("hf_sentiment.serving")
# Batches over which the speed is measured.
LATELY = 32


class Engine:
    """Scores tickets on threads of its own.

    Args:
        most_windows, most_tokens, most_seconds: see `TicketQueue`.
        metrics: gets the size of each round.
    """

    def __init__(self, most_windows: int, most_tokens: int, most_seconds: float, metrics: Metrics) -> None:
        self.queue = TicketQueue(most_windows, most_tokens, most_seconds, self._speed)
        self._metrics = metrics
        # Seconds of computing, and windows.
        self._lately: deque[tuple[float, int]] = deque(maxlen=LATELY)
        self._threads: list[threading.Thread] = []

    def start(self, lanes: int = 1) -> None:
        """Begin to take tickets, on so many threads: each computes for one model at a time."""
        for _ in range(lanes):
            # As a daemon, it does not keep a process alive that ends with an error.
            self._threads.append(threading.Thread(target=self._work, name="scoring", daemon=True))
            self._threads[-1].start()

    def stop(self) -> None:
        """Refuse the tickets that wait, and wait for the round that is being computed."""
        self.queue.close()
        for thread in self._threads:
            thread.join()

    def score_now(self, adapter: ServedAdapter, rows: list[list[int]], seconds: float) -> NDArray[np.float32]:
        """The logits of windows, of shape (windows, labels), for a caller on another thread.

        Raises:
            RefusedError: there is no room in the queue, or the time is over.
        """
        ticket = Ticket(adapter, rows, time.monotonic() + seconds)
        self.queue.put(ticket)
        return ticket.future.result().logits

    def _work(self) -> None:
        while round_ := self.queue.take():
            self._run_from(round_)
            self.queue.done(round_[0].ticket.adapter.together)

    def _run_from(self, round_: list[Part]) -> None:
        """Compute a round, and the ones after it for the same model: between them, no core of the machine waits."""
        run, last = _Run(self.queue, round_), time.monotonic()
        try:
            for indices, logits in run.backend.run(run.batches()):
                for index, row in zip(indices, logits, strict=True):
                    part = run.parts.pop(index)
                    part.ticket.put(part.window, row)
                now = time.monotonic()
                self._lately.append((now - last, len(indices)))
                tokens, begun = run.begun.pop(indices[0])
                self._metrics.observe_round(len(indices), tokens, now - begun)
                last = now
        except Exception as error:  # noqa: BLE001 - whatever a runtime raises
            log.error("%d windows failed together: %s", len(run.parts), type(error).__name__)
            self._one_by_one(list(run.parts.values()))

    @staticmethod
    def _one_by_one(parts: list[Part]) -> None:
        """Find the windows that the model cannot score, and score the others."""
        for part in parts:
            alone = _Run(None, [part])
            try:
                ((_, (logits,)),) = alone.backend.run(alone.batches())
            except Exception as error:  # noqa: BLE001 - as above
                log.error("a window of %d tokens cannot be scored: %s", len(part.row), first_line(error))
                part.ticket.put(part.window, None)
            else:
                part.ticket.put(part.window, logits)

    def _speed(self) -> float | None:
        """Windows per second of computing, over the last batches; None before the first."""
        lately = list(self._lately)
        windows = sum(count for _, count in lately)
        return windows / max(sum(seconds for seconds, _ in lately), 1e-3) if windows else None


class _Run:
    """Windows of one model, as batches, as long as there are more of them.

    Args:
        queue: gives further rounds; None for this one only.
        first: the first round.

    Attributes:
        backend: of the model.
        parts: the windows that have no answer yet, by their index.
        begun: index of a batch's first window -> its tokens, padding included, and when it was begun.
    """

    def __init__(self, queue: TicketQueue | None, first: list[Part]) -> None:
        self._queue, self._first = queue, first
        self._adapter = first[0].ticket.adapter
        self.parts: dict[int, Part] = {}
        self.begun: dict[int, tuple[int, float]] = {}
        self._keys: dict[int, str] = {}
        self.backend = self._adapter.backend_for(self._keys)

    def batches(self) -> Iterator[Batch]:
        """Yield batches; the queue is asked for more when those of a round have begun."""
        round_, count = self._first, 0
        while round_:
            indices = range(count, count + len(round_))
            count += len(round_)
            self.parts.update(zip(indices, round_, strict=True))
            self._keys.update((index, self.parts[index].ticket.adapter.key) for index in indices)
            for batch in padded_batches(
                [part.row for part in round_],
                self._adapter.scorer.encoder.layout,
                max(part.ticket.adapter.scorer.config.max_length for part in round_),
                length_step=self.backend.length_step,
                budget=self._adapter.batch_tokens,
            ):
                own = [indices[place] for place in batch.indices]
                self.begun[own[0]] = (batch.inputs["input_ids"].size, time.monotonic())
                yield Batch(own, batch.inputs)
                for index in own:
                    del self._keys[index]
            round_ = self._queue.take_more(self._adapter.together) if self._queue else []

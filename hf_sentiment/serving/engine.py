"""The threads that compute: they take windows from the queue, batch after batch."""

import logging
import threading
import time

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.errors import first_line
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.metrics import Metrics
from hf_sentiment.serving.refusals import failed
from hf_sentiment.serving.tickets import Part, Ticket, TicketQueue

log = logging.getLogger("hf_sentiment.serving")
# How much the newest batch counts in the speed of late.
NEWEST = 0.1


class Engine:
    """Scores tickets on threads of its own.

    Args:
        most_windows, most_tokens, most_seconds: see `TicketQueue`.
        metrics: gets the size of each batch.
    """

    def __init__(self, most_windows: int, most_tokens: int, most_seconds: float, metrics: Metrics) -> None:
        self.queue = TicketQueue(most_windows, most_tokens, most_seconds, self._speed)
        self._metrics = metrics
        # Seconds of a window in a thread's batch, lately.
        self._pace: float | None = None
        self._threads: list[threading.Thread] = []

    def start(self, lanes: int = 1) -> None:
        """Begin to take tickets, on so many threads: each computes a batch at a time."""
        for _ in range(lanes):
            # As a daemon, it does not keep a process alive that ends with an error.
            self._threads.append(threading.Thread(target=self._work, name="scoring", daemon=True))
            self._threads[-1].start()

    def stop(self) -> None:
        """Refuse the tickets that wait, and wait for what is being computed."""
        self.queue.close()
        for thread in self._threads:
            thread.join()

    def score_now(self, adapter: ServedAdapter, rows: list[list[int]], seconds: float) -> NDArray[np.float32]:
        """The logits of windows, of shape (windows, labels), for a caller on another thread.

        Raises:
            RefusedError: there is no room in the queue, the time is over, or the model cannot score one of them.
        """
        ticket = Ticket(adapter, rows, time.monotonic() + seconds)
        self.queue.put(ticket)
        answer = ticket.future.result()
        if answer.failed:
            raise failed()
        return answer.logits

    def _work(self) -> None:
        while taken := self.queue.take():
            started = time.monotonic()
            try:
                tokens, logits = _computed(taken.parts, all_cores=taken.all_cores)
            except Exception as error:  # noqa: BLE001 - whatever a runtime raises
                log.error("%d windows failed together: %s", len(taken.parts), type(error).__name__)
                self._one_by_one(taken.parts)
            else:
                seconds = time.monotonic() - started
                for (ticket, window), row in zip(taken.parts, logits, strict=True):
                    ticket.put(window, row)
                self._learn_speed(seconds / len(taken.parts))
                self._metrics.observe_batch(len(taken.parts), tokens, seconds)
            finally:
                self.queue.done()

    @staticmethod
    def _one_by_one(parts: list[Part]) -> None:
        """Find the windows that the model cannot score, and score the others."""
        for part in parts:
            try:
                _, (logits,) = _computed([part], all_cores=False)
            except Exception as error:  # noqa: BLE001 - as above
                log.error("a window of %d tokens cannot be scored: %s", len(part.row), first_line(error))
                part.ticket.put(part.window, None)
            else:
                part.ticket.put(part.window, logits)

    def _learn_speed(self, seconds: float) -> None:
        """Remember what a window took in a batch; threads that do so at once may each forget the other's."""
        self._pace = seconds if self._pace is None else (1 - NEWEST) * self._pace + NEWEST * seconds

    def _speed(self) -> float | None:
        """Windows per second lately, if all threads compute; None before the first batch."""
        return None if self._pace is None else len(self._threads) / max(self._pace, 1e-6)


def _computed(parts: list[Part], *, all_cores: bool) -> tuple[int, NDArray[np.float32]]:
    keys = [part.ticket.adapter.key for part in parts]
    return parts[0].ticket.adapter.logits([part.row for part in parts], keys, all_cores=all_cores)

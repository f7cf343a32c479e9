"""The queue of a server: windows of requests, taken batch by batch."""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.batching import length_batches
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.refusals import RefusedError, not_ready, overloaded, too_large, too_late

# Tokens of the oldest windows, from which a batch is made: the more, the more alike are its lengths. Measured on MiniLM
# in int8 with 64 clients, a review costs 8.9 ms of a core, instead of 10.0 with 1,024.
AHEAD = 8192

# Windows that wait, from which on a batch on each core is better than one on all. Measured on MiniLM in int8 at half
# the capacity, 20 s at a time: p99 is 69 to 97 ms with 2 to 12 here, which differ little more than the six runs with 4
# do (69 to 84). With a batch on each core always it is 69 to 75, and a single review takes 12 ms instead of 7 to 10.
MANY = 4

# Windows that a model has in its turn at most, so that another model waits for a bounded time. Measured with 64
# clients: eight models in int8 have 14 % less throughput than one, and 19 % if the model of the oldest window is always
# next.
TURN = 32


class WindowLogits(NamedTuple):
    """The model's answer to a request.

    Attributes:
        logits: float32 array of shape (windows, labels), not calibrated; zeros where the model failed.
        failed: the windows that the model could not score.
        waited: seconds in the queue.
    """

    logits: NDArray[np.float32]
    failed: set[int]
    waited: float


@dataclass(eq=False)
class Ticket:
    """The windows of a request.

    Attributes:
        adapter: scores them.
        rows: the token ids of each window, without special tokens.
        deadline: on the monotonic clock; after it, nobody waits for the answer.
        future: gets the WindowLogits, or a RefusedError. Whoever cancels it takes the ticket out of the queue.
        left: the windows that nobody has taken yet, as the keys of a dictionary, in order.
    """

    adapter: ServedAdapter
    rows: list[list[int]]
    deadline: float
    future: "Future[WindowLogits]" = field(default_factory=Future)
    left: dict[int, None] = field(init=False)
    _done: int = 0

    def __post_init__(self) -> None:
        self.left = dict.fromkeys(range(len(self.rows)))
        self._since, self._waited = time.monotonic(), 0.0
        self._logits = np.zeros((len(self.rows), len(self.adapter.scorer.config.labels)), dtype=np.float32)
        self._failed: set[int] = set()

    def take(self, window: int) -> None:
        """Take a window out of the queue."""
        self._waited = time.monotonic() - self._since
        del self.left[window]

    def put(self, window: int, logits: NDArray[np.float32] | None) -> None:
        """Store the logits of a window, or None if the model failed; the last one completes the ticket."""
        if logits is None:
            self._failed.add(window)
        else:
            self._logits[window] = logits
        self._done += 1
        if self._done == len(self.rows):
            # The client may go at this very moment.
            with suppress(InvalidStateError):
                self.future.set_result(WindowLogits(self._logits, self._failed, self._waited))

    def refuse(self, error: RefusedError) -> None:
        """Give the ticket up."""
        with suppress(InvalidStateError):
            self.future.set_exception(error)


class Part(NamedTuple):
    """One window of a ticket."""

    ticket: Ticket
    window: int

    @property
    def row(self) -> list[int]:
        """Its token ids."""
        return self.ticket.rows[self.window]

    @property
    def tokens(self) -> int:
        """Its length in a batch of its own, special tokens included."""
        return self.ticket.adapter.padded_length(len(self.row) + self.ticket.adapter.special_tokens)


class Taken(NamedTuple):
    """Windows of one model that make up a batch.

    Attributes:
        parts: the windows.
        all_cores: nothing else is computed and few others wait, so that this batch has all cores and is answered
            sooner.
    """

    parts: list[Part]
    all_cores: bool


class TicketQueue:
    """Tickets in the order of their arrival, those of many windows in turn; threads may share it.

    A batch that has all cores is computed alone. Windows that arrive meanwhile wait here, where they become one batch,
    and not in the runtime, where each would wait as a batch of its own: p99 at half the capacity was 132 ms then, and
    is 83 to 94.

    Args:
        most_windows: that wait; a ticket that would not fit is refused.
        most_tokens: of a batch, padding included, unless a single window has more, or the adapter takes fewer.
        most_seconds: that the last one may have to wait; a ticket that would wait longer is refused.
        speed: windows per second lately, None if it is not known yet.
    """

    def __init__(
        self, most_windows: int, most_tokens: int, most_seconds: float, speed: Callable[[], float | None]
    ) -> None:
        self.most_windows, self.most_tokens, self.most_seconds = most_windows, most_tokens, most_seconds
        self._speed = speed
        # A dictionary, because a ticket may leave from anywhere.
        self._tickets: dict[Ticket, None] = {}
        self._waiting, self._closed = 0, False
        # Batches that are computed now, and whether that is one which has all cores.
        self._computing, self._all_cores = 0, False
        # The model whose turn it is, and the windows that are left to it.
        self._turn: tuple[Hashable, int] = (None, 0)
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """The windows that wait."""
        return self._waiting

    def check_room(self, windows: int = 1) -> None:
        """Raise the RefusedError that a request with so many windows gets."""
        if windows > self.most_windows:
            raise too_large(f"The request has {windows} windows of text; the server takes {self.most_windows}.")
        speed = self._speed()
        seconds = self._waiting / speed if speed else 0.0
        if self._waiting + windows > self.most_windows or seconds > self.most_seconds:
            raise overloaded(seconds)

    def put(self, ticket: Ticket) -> None:
        """Let a ticket wait for its turn.

        Raises:
            RefusedError: there is no room for it, or the server stops.
        """
        with self._changed:
            if self._closed:
                raise not_ready("The server is stopping.")
            self.check_room(len(ticket.rows))
            self._tickets[ticket] = None
            self._waiting += len(ticket.rows)
            self._changed.notify()

    def take(self) -> Taken | None:
        """Wait for the next batch: the oldest window, and others of its model and of about its length.

        Where several models have windows, one has its turn until as many are taken as it had at first. Those of the
        others gather meanwhile, so that lengths in their batches are more alike.

        A batch begins as soon as there is a window and no batch has all cores, and does not wait for more windows. None
        when the queue is closed. Whoever takes a batch calls `done` when it is computed.
        """
        with self._changed:
            while True:
                if not self._all_cores and (parts := self._next_batch()):
                    self._all_cores = not self._computing and self._waiting < MANY
                    self._computing += 1
                    return Taken(parts, all_cores=self._all_cores)
                if self._closed:
                    return None
                self._changed.wait()

    def done(self) -> None:
        """Say that a batch is computed."""
        with self._changed:
            self._computing -= 1
            # One that has all cores is computed alone.
            self._all_cores = False
            self._changed.notify_all()

    def close(self) -> None:
        """Refuse what waits, and let `take` end."""
        with self._changed:
            self._closed = True
            for ticket in self._tickets:
                ticket.refuse(not_ready("The server is stopping."))
            self._tickets.clear()
            self._waiting = 0
            self._changed.notify_all()

    def _next_batch(self) -> list[Part]:
        oldest = self._oldest()
        if not oldest:
            return []
        adapter = oldest[0].ticket.adapter
        budget = min(self.most_tokens, adapter.batch_tokens)
        groups = length_batches([part.tokens for part in oldest], budget=budget)
        group = next(group for group in groups if 0 in group)
        if adapter.shapes is not None:
            # The oldest of them.
            group = sorted(group)[: adapter.shapes.count(len(group))]
        parts = [oldest[index] for index in group]
        for ticket, window in parts:
            ticket.take(window)
            if not ticket.left:
                del self._tickets[ticket]
        self._waiting -= len(parts)
        self._turn = (adapter.together, self._turn[1] - len(parts))
        if (first := oldest[0].ticket).left:
            # A long one lets those behind it have the next batch.
            del self._tickets[first]
            self._tickets[first] = None
        return parts

    def _oldest(self) -> list[Part]:
        """The windows that have waited for the longest time, of the model whose turn it is."""
        self._drop_late()
        model, left = self._turn
        tickets = self._of(model) if left > 0 else []
        if not tickets and self._tickets:
            model = next(iter(self._tickets)).adapter.together
            tickets = self._of(model)
            self._turn = (model, min(TURN, sum(len(ticket.left) for ticket in tickets)))
        room = AHEAD
        found: list[Part] = []
        for ticket in tickets:
            for window in ticket.left:
                part = Part(ticket, window)
                room -= part.tokens
                if room < 0 and found:
                    return found
                found.append(part)
        return found

    def _of(self, model: Hashable) -> list[Ticket]:
        return [ticket for ticket in self._tickets if ticket.adapter.together == model]

    def _drop_late(self) -> None:
        """Take out what nobody waits for."""
        now = time.monotonic()
        for ticket in list(self._tickets):
            if ticket.future.cancelled() or now > ticket.deadline:
                del self._tickets[ticket]
                self._waiting -= len(ticket.left)
                ticket.refuse(too_late())

"""The queue of a server: windows of requests, taken in rounds of a bounded number of tokens."""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.refusals import RefusedError, not_ready, overloaded, too_large, too_late


class WindowLogits(NamedTuple):
    """The model's answer to a request.

    Attributes:
        logits: float32 array of shape (windows, labels), not calibrated.
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
        taken: windows that have left the queue.
    """

    adapter: ServedAdapter
    rows: list[list[int]]
    deadline: float
    future: "Future[WindowLogits]" = field(default_factory=Future)
    taken: int = 0
    _done: int = 0

    def __post_init__(self) -> None:
        self._since, self._waited = time.monotonic(), 0.0
        self._logits = np.empty((len(self.rows), len(self.adapter.scorer.config.labels)), dtype=np.float32)
        self._failed: set[int] = set()

    def take(self, count: int) -> range:
        """Take the next windows out of the queue."""
        self._waited = time.monotonic() - self._since
        self.taken += count
        return range(self.taken - count, self.taken)

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
    """One window of a round."""

    ticket: Ticket
    window: int

    @property
    def row(self) -> list[int]:
        """Its token ids."""
        return self.ticket.rows[self.window]


class TicketQueue:
    """Tickets in the order of their arrival; threads may share it.

    Args:
        most_windows: that wait; a ticket that would not fit is refused.
        most_tokens: in a round, unless a single window has more.
        most_seconds: that the last one may have to wait; a ticket that would wait longer is refused.
        speed: windows per second lately, None if it is not known yet.
    """

    def __init__(
        self, most_windows: int, most_tokens: int, most_seconds: float, speed: Callable[[], float | None]
    ) -> None:
        self.most_windows, self.most_tokens, self.most_seconds = most_windows, most_tokens, most_seconds
        self._speed = speed
        self._tickets: deque[Ticket] = deque()
        self._busy: set[Hashable] = set()
        self._waiting, self._closed = 0, False
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
            self._tickets.append(ticket)
            self._waiting += len(ticket.rows)
            self._changed.notify()

    def take(self) -> list[Part]:
        """Wait for the next round: the oldest windows, and others that can go through the model with them.

        A round begins as soon as there is a window, and does not wait for more. Nobody else gets windows for the same
        model until `done`. It is empty when the queue is closed.
        """
        with self._changed:
            while True:
                round_ = self._next_round()
                if round_:
                    self._busy.add(round_[0].ticket.adapter.together)
                if round_ or self._closed:
                    return round_
                self._changed.wait()

    def take_more(self, together: Hashable) -> list[Part]:
        """The next round for a model that the caller has; empty if none waits, or if it is another model's turn."""
        with self._changed:
            return self._next_round(together)

    def done(self, together: Hashable) -> None:
        """A model has computed what was taken for it."""
        with self._changed:
            self._busy.discard(together)
            self._changed.notify()

    def close(self) -> None:
        """Refuse what waits, and let `take` end."""
        with self._changed:
            self._closed = True
            for ticket in self._tickets:
                ticket.refuse(not_ready("The server is stopping."))
            self._tickets.clear()
            self._waiting = 0
            self._changed.notify_all()

    def _next_round(self, only: Hashable = None) -> list[Part]:
        now, room = time.monotonic(), self.most_tokens
        parts: list[Part] = []
        kept: deque[Ticket] = deque()
        together = only
        while self._tickets and room > 0:
            ticket = self._tickets.popleft()
            if ticket.future.cancelled() or now > ticket.deadline:
                self._waiting -= len(ticket.rows) - ticket.taken
                ticket.refuse(too_late())
                continue
            wanted = ticket.adapter.together
            if wanted != together and (together is not None or wanted in self._busy):
                kept.append(ticket)
                if not parts and wanted not in self._busy:
                    # The oldest one is for another model, whose turn it is.
                    break
                continue
            together = wanted
            count = _fitting(ticket, room, first=not parts)
            room -= sum(len(row) + ticket.adapter.special_tokens for row in ticket.rows[ticket.taken :][:count])
            parts += [Part(ticket, window) for window in ticket.take(count)]
            self._waiting -= count
            if ticket.taken < len(ticket.rows):
                # The rest of it is first in the next round.
                self._tickets.appendleft(ticket)
                break
        self._tickets.extendleft(reversed(kept))
        return parts


def _fitting(ticket: Ticket, room: int, *, first: bool) -> int:
    """How many of a ticket's next windows fit into so many tokens; at least one if it is the first of its round."""
    count = 0
    for row in ticket.rows[ticket.taken :]:
        room -= len(row) + ticket.adapter.special_tokens
        if room < 0 and not (first and count == 0):
            break
        count += 1
    return count

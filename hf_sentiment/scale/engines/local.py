"""LocalPool: workers that are processes of this machine."""

import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from hf_sentiment.errors import SentimentError
from hf_sentiment.scale.pool import Event
from hf_sentiment.scale.worker import Outcome, Task, Worker, WorkerSetup

# Workers in a row that may die before they are ready.
MOST_FAILED_STARTS = 5
# Seconds that a worker has to end by itself.
PATIENCE = 5


@dataclass
class _Slot:
    process: SpawnProcess
    connection: Connection
    ready: bool = False
    task: Task | None = None


class LocalPool:
    """Workers that are processes of this machine, each with its share of the processors.

    Args:
        setup: what the workers open.
        size: number of workers.
    """

    def __init__(self, setup: WorkerSetup, size: int) -> None:
        self.size = size
        self._setup = setup
        # Forks would share locks and threads of the libraries that this process has used.
        self._context = multiprocessing.get_context("spawn")
        self._failed_starts = 0
        self._slots = [self._start(slot) for slot in range(size)]

    def submit(self, slot: int, task: Task) -> None:
        """As in Pool."""
        self._slots[slot].task = task
        try:
            self._slots[slot].connection.send(task)
        except OSError:
            # It died; `wait` will see it.
            return

    def wait(self) -> list[Event]:
        """As in Pool."""
        while True:
            busy = {each.connection: number for number, each in enumerate(self._slots) if each.task is not None}
            # A connection whose worker died can be read too, and says so.
            events = [event for found in wait(list(busy)) for event in self._read(busy[found])]  # type: ignore[index]
            if events:
                return events

    def close(self) -> None:
        """As in Pool."""
        for each in self._slots:
            # A worker that is idle ends with its connection; one that works is in the middle of a unit.
            if each.task is not None:
                each.process.kill()
            each.connection.close()
        for each in self._slots:
            each.process.join(PATIENCE)
            if each.process.is_alive():
                each.process.kill()
                each.process.join()

    def _read(self, number: int) -> list[Event]:
        slot = self._slots[number]
        assert slot.task is not None
        try:
            message = slot.connection.recv()
        except (EOFError, OSError):
            return self._replace(number)
        if message is None:
            slot.ready, self._failed_starts = True, 0
            return []
        if isinstance(message, str):
            raise SentimentError(message)
        task, slot.task = slot.task, None
        return [Event(number, task, message)]

    def _replace(self, number: int) -> list[Event]:
        """Start another worker in place of one that died; if it had begun its task, that is an event."""
        slot = self._slots[number]
        task, ready = slot.task, slot.ready
        slot.connection.close()
        slot.process.join()
        if not ready:
            self._failed_starts += 1
            if self._failed_starts >= MOST_FAILED_STARTS:
                raise SentimentError(
                    f"{self._failed_starts} workers in a row died while they started (exit code "
                    f"{slot.process.exitcode}): there may be too little memory for {self.size}, give fewer --workers."
                )
        self._slots[number] = self._start(number)
        assert task is not None
        if ready:
            return [Event(number, task, None)]
        self.submit(number, task)
        return []

    def _start(self, number: int) -> _Slot:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._setup, cores_of(number, self.size)), daemon=True
        )
        process.start()
        # Only the worker holds its end, so that its death closes it.
        theirs.close()
        return _Slot(process, ours)


def cores_of(number: int, size: int) -> list[int] | None:
    """The share of the processors of one of several workers; None for all of them, if there are fewer than workers."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    share = len(cores) // size
    return cores[number * share : (number + 1) * share] or None


def _work(connection: Connection, setup: WorkerSetup, cores: list[int] | None) -> None:
    """The process of a worker."""
    # Ctrl-C reaches all processes of a terminal; the driver ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        worker = Worker(setup, cores)
    except Exception as error:  # noqa: BLE001 - the driver says what it was
        connection.send(str(error) if isinstance(error, SentimentError) else f"A worker cannot start: {error!r}")
        return
    try:
        connection.send(None)
        while True:
            task: Task = connection.recv()
            outcome: Outcome = worker.handle(task)
            connection.send(outcome)
    except (EOFError, OSError):
        # The driver has closed its end.
        worker.close()


def _end_with_parent() -> None:
    """End this process when its driver has died, in the middle of whatever it does."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)

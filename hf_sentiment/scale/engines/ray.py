"""RayPool: workers that are actors of Ray, here or on a cluster. Only tasks and sidecars travel through it, no rows."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.scale.engines.local import MOST_FAILED_STARTS, cores_of
from hf_sentiment.scale.engines.ray_cluster import LOST, Cluster
from hf_sentiment.scale.pool import Event
from hf_sentiment.scale.worker import Outcome, Task, Worker, WorkerSetup

# Seconds between two looks at the cluster while no actor answers.
PATIENCE = 20


@dataclass
class _Slot:
    actor: Any
    ready: bool = False
    task: Task | None = None


class RayPool:
    """Workers that are actors of Ray. Its own restarts and retries are off: the caller decides what is done again.

    Args:
        setup: what the workers open.
        size: number of actors.
        address: of a cluster to join, or "auto"; None starts Ray on this machine, for as long as the pool lives.

    Raises:
        SentimentError: Ray cannot be started, or the cluster cannot be joined or is too small.
    """

    def __init__(self, setup: WorkerSetup, size: int, address: str | None = None) -> None:
        self._cluster = Cluster(size, address)
        self.size = size
        self._ray = self._cluster.ray
        # Of torch: Ray gives an actor one, as many as the processors that it reserves, and reserving more might not fit
        # the machines.
        self._threads = max(1, self._cluster.processors // size)
        self._setup = self._ray.put(setup)
        options = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0, "scheduling_strategy": "SPREAD"}
        self._actors = self._ray.remote(**options)(ScoringActor)
        self._failed_starts = 0
        self._pending: dict[Any, int] = {}
        self._slots = [self._start(number) for number in range(size)]

    def submit(self, slot: int, task: Task) -> None:
        """As in Pool."""
        self._slots[slot].task = task
        if self._slots[slot].ready:
            self._pending[self._slots[slot].actor.handle.remote(task)] = slot

    def wait(self) -> list[Event]:
        """As in Pool."""
        while True:
            found, _ = self._ray.wait(list(self._pending), num_returns=1, timeout=PATIENCE)
            if not found:
                self._cluster.require_alive()
            events = [event for each in found for event in self._read(each)]
            if events:
                return events

    def close(self) -> None:
        """As in Pool."""
        for each in self._slots:
            self._ray.kill(each.actor)
        self._ray.shutdown()

    def _read(self, reference: Any) -> list[Event]:
        number = self._pending.pop(reference)
        slot = self._slots[number]
        try:
            answer = self._ray.get(reference)
        except self._ray.exceptions.RayActorError as error:
            return self._replace(number, first_line(error))
        except self._ray.exceptions.RayError as error:
            # Whatever else Ray cannot do is no matter of this unit.
            raise SentimentError(LOST.format(error=first_line(error))) from error
        if not slot.ready:
            if answer:
                raise SentimentError(answer)
            slot.ready, self._failed_starts = True, 0
            if slot.task is not None:
                self.submit(number, slot.task)
            return []
        task, slot.task = slot.task, None
        assert task is not None
        return [Event(number, task, answer)]

    def _replace(self, number: int, reason: str) -> list[Event]:
        """Start another actor in place of one that died; if it had begun its task, that is an event."""
        slot = self._slots[number]
        # With the machine of this driver, all of its actors die; no unit is to blame for that.
        self._cluster.require_alive()
        self._slots[number] = self._start(number)
        if slot.ready:
            assert slot.task is not None
            return [Event(number, slot.task, None)]
        self._failed_starts += 1
        if self._failed_starts >= MOST_FAILED_STARTS:
            raise SentimentError(
                f"{self._failed_starts} actors in a row died while they started ({reason}): look into the logs of Ray, "
                "or give fewer --workers."
            )
        self._slots[number].task = slot.task
        return []

    def _start(self, number: int) -> _Slot:
        # What the processors of another machine are, nobody knows here.
        cores = cores_of(number, self.size) if self._cluster.started_here else None
        actor = self._actors.remote(self._setup, os.getcwd(), cores, len(cores) if cores else self._threads)
        self._pending[actor.open.remote()] = number
        return _Slot(actor)


class ScoringActor:
    """A worker, opened by a method whose answer says what was wrong.

    Args:
        setup: what to open.
        folder: of the driver; relative names are meant from there.
        cores: the processors to use; None for all.
        threads: of torch.
    """

    def __init__(self, setup: WorkerSetup, folder: str, cores: Sequence[int] | None, threads: int) -> None:
        self._setup, self._cores = setup, cores
        os.environ["OMP_NUM_THREADS"] = str(threads)
        if os.path.isdir(folder):
            os.chdir(folder)

    def open(self) -> str:
        """Open the adapter, and return why that failed; empty if it did not."""
        try:
            self._worker = Worker(self._setup, self._cores)
        except Exception as error:  # noqa: BLE001 - the driver says what it was
            return str(error) if isinstance(error, SentimentError) else f"A worker cannot start: {error!r}"
        return ""

    def handle(self, task: Task) -> Outcome:
        """Do a task."""
        return self._worker.handle(task)

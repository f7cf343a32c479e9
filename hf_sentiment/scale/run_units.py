"""Give units to the workers of a pool until all are done, or cannot be."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from hf_sentiment.scale.culprits import UnitHistory
from hf_sentiment.scale.pool import Event, Pool
from hf_sentiment.scale.sidecar import Sidecar
from hf_sentiment.scale.unit import Unit
from hf_sentiment.scale.unit_scorer import OutputError
from hf_sentiment.scale.worker import Task

GIVEN_UP = "its worker died each time; the reason may be in the log of the system, such as too little memory"


class Failure(NamedTuple):
    """A unit that could not be scored.

    Attributes:
        file: the name of its file.
        start: number of rows of the file before it.
        reason: why, as a sentence.
    """

    file: str
    start: int
    reason: str


def run_units(pool: Pool, units: Iterable[Unit], finished: Callable[[Sidecar], object]) -> list[Failure]:
    """Score units.

    Args:
        pool: the workers.
        units: read only a little ahead.
        finished: called with the sidecar of each unit that is done, in any order.

    Returns:
        The units that could not be scored.

    Raises:
        OutputError: the output cannot be written.
        SentimentError: the workers cannot start.
    """
    run = _Run(pool, iter(units), finished)
    while run.submit():
        for event in pool.wait():
            run.idle.add(event.slot)
            run.end(event)
    return run.failures


class _Run:
    """The state of a run: idle workers, units to try again, and what is known of them."""

    def __init__(self, pool: Pool, units: Iterator[Unit], finished: Callable[[Sidecar], object]) -> None:
        self._pool, self._units, self._finished = pool, units, finished
        self._again: deque[Task] = deque()
        self._histories: dict[int, UnitHistory] = {}
        self.idle = set(range(pool.size))
        self.failures: list[Failure] = []

    def submit(self) -> bool:
        """Give each idle worker a task, as long as there are some; returns whether any worker is busy."""
        while self.idle:
            task = self._again.popleft() if self._again else next((Task("score", unit) for unit in self._units), None)
            if task is None:
                break
            self._pool.submit(self.idle.pop(), task)
        return len(self.idle) < self._pool.size

    def end(self, event: Event) -> None:
        """Note how a task ended."""
        task, outcome = event.task, event.outcome
        if outcome is not None and outcome.fatal:
            raise OutputError(outcome.failure)
        if outcome is not None and outcome.sidecar is not None:
            self._finished(outcome.sidecar)
        elif outcome is not None and outcome.failure:
            self.failures.append(Failure(task.unit.file, task.unit.start, outcome.failure))
        else:
            history = self._histories.setdefault(task.unit.position, UnitHistory(task.unit))
            following = history.next_task(task, outcome)
            if following is not None:
                self._again.append(following)
                return
            self.failures.append(Failure(task.unit.file, task.unit.start, f"{task.unit.file}: {GIVEN_UP}."))
        self._histories.pop(task.unit.position, None)

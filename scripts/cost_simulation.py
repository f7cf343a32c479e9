"""Simulate workers with one queue of units: some are slow, some are taken away, and a unit that is cut off is lost."""

import heapq
import random
from typing import NamedTuple


class Fleet(NamedTuple):
    """The workers of a run, and what happens to them.

    Attributes:
        workers: number of workers.
        rate: rows per second of a worker.
        start_seconds: from the start of a worker to its first unit.
        unit_seconds: what each unit costs besides its rows.
        slow_share: share of the workers that are slow, rounded to whole workers.
        slow_factor: how many times as long a slow worker takes for its rows.
        preemption_seconds: mean time until a worker is taken away; the times are exponential. None for never.
        absence_seconds: from then until another one starts in its place.
    """

    workers: int
    rate: float
    start_seconds: float = 0.0
    unit_seconds: float = 0.0
    slow_share: float = 0.0
    slow_factor: float = 1.0
    preemption_seconds: float | None = None
    absence_seconds: float = 0.0


class Outcome(NamedTuple):
    """What became of a run.

    Attributes:
        seconds: from the start to the end of the last unit.
        preemptions: number of workers that were taken away before that.
        lost_seconds: of workers, spent on units that were cut off.
    """

    seconds: float
    preemptions: int
    lost_seconds: float


def simulate(fleet: Fleet, rows: int, unit_rows: int, seed: int = 0) -> Outcome:
    """Work off rows in units; the last unit has what is left.

    Each worker takes the next unit as soon as it is free; one that was cut off comes before those that were not begun.

    Args:
        fleet: the workers.
        rows: number of rows.
        unit_rows: number of rows of a unit.
        seed: of the times at which workers are taken away.
    """
    chance = random.Random(seed)
    units = _Units(rows, unit_rows)
    slow = round(fleet.slow_share * fleet.workers)

    def started(number: int, begin: float) -> tuple[float, int, float]:
        """When a worker is free, its number, and when it is taken away."""
        mean = fleet.preemption_seconds
        stays = float("inf") if mean is None else chance.expovariate(1 / mean)
        return begin + fleet.start_seconds, number, begin + stays

    free = [started(number, 0.0) for number in range(fleet.workers)]
    heapq.heapify(free)
    end, preemptions, lost = 0.0, 0, 0.0
    while units:
        begin, number, leaves = heapq.heappop(free)
        if leaves <= begin:
            # While it was starting, or had nothing to do.
            preemptions += 1
            heapq.heappush(free, started(number, leaves + fleet.absence_seconds))
            continue
        size = units.take(begin)
        if size is None:
            heapq.heappush(free, (units.next_return(), number, leaves))
            continue
        factor = fleet.slow_factor if number < slow else 1.0
        finish = begin + fleet.unit_seconds + size * factor / fleet.rate
        if finish <= leaves:
            end = max(end, finish)
            heapq.heappush(free, (finish, number, leaves))
            continue
        preemptions += 1
        lost += leaves - begin
        units.give_back(leaves, size)
        heapq.heappush(free, started(number, leaves + fleet.absence_seconds))
    return Outcome(end, preemptions, lost)


class _Units:
    """The units that nobody has finished or works on. It is true as long as there are some, or some come back."""

    def __init__(self, rows: int, unit_rows: int) -> None:
        self._whole, self._rest = divmod(rows, unit_rows)
        self._size = unit_rows
        # When each that was cut off is known to be, and its rows.
        self._returned: list[tuple[float, int]] = []

    def __bool__(self) -> bool:
        return bool(self._whole or self._rest or self._returned)

    def take(self, now: float) -> int | None:
        """The rows of the next unit; None if there is none before `next_return`."""
        if self._returned and self._returned[0][0] <= now:
            return heapq.heappop(self._returned)[1]
        if self._whole:
            self._whole -= 1
            return self._size
        size, self._rest = self._rest, 0
        return size or None

    def give_back(self, when: float, rows: int) -> None:
        """A unit is cut off at a time."""
        heapq.heappush(self._returned, (when, rows))

    def next_return(self) -> float:
        """When the next unit comes back."""
        return self._returned[0][0]

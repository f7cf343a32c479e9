"""Find the reviews that end the process that scores them."""

from hf_sentiment.scale.unit import Unit
from hf_sentiment.scale.worker import Outcome, Task

# Times that a unit may end its worker before its rows are searched: a worker may also be killed from outside.
TRIES = 2
# Number of pieces of a range of rows that ended a worker; each piece that ends one costs a start.
PIECES = 16
# A review that ends a worker twice, alone, is rejected.
ALONE = 2
# Times that a unit may end its worker after its rows were searched.
MOST_DEATHS = 5


class UnitHistory:
    """What is known of a unit whose worker died: a search for the rows that ended it.

    Attributes:
        rejected: numbers of these rows, in the file from 1.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._deaths = 0
        self._searched = False
        self._ranges: list[tuple[int, int]] = []
        self._alone = 0
        self.rejected: list[int] = []

    def next_task(self, task: Task, outcome: Outcome | None) -> Task | None:
        """What to do with the unit after a task of it.

        Args:
            task: the task.
            outcome: None if the worker died; an outcome of a count or a probe otherwise.

        Returns:
            None if the unit is given up.
        """
        if outcome is None and not self._after_death(task):
            return None
        if outcome is not None and task.kind == "count":
            self._ranges = pieces(self._unit.start, self._unit.start + outcome.rows)
        elif outcome is not None and task.kind == "probe":
            self._ranges.pop(0)
            self._alone = 0
        if self._deaths >= TRIES and not self._searched:
            if task.kind == "score" or (task.kind == "count" and outcome is None):
                return Task("count", self._unit)
            if self._ranges:
                start, stop = self._ranges[0]
                return Task("probe", self._unit, start=start, stop=stop)
            self._searched = True
        return Task("score", self._unit, rejected=tuple(self.rejected))

    def _after_death(self, task: Task) -> bool:
        """Note a death, and say whether the unit may be tried again."""
        if task.kind != "probe":
            self._deaths += 1
            return self._deaths < MOST_DEATHS
        start, stop = self._ranges.pop(0)
        if stop - start > 1:
            self._ranges = pieces(start, stop) + self._ranges
            return True
        self._alone += 1
        if self._alone < ALONE:
            self._ranges.insert(0, (start, stop))
        else:
            self.rejected.append(stop)
            self._alone = 0
        return True


def pieces(start: int, stop: int) -> list[tuple[int, int]]:
    """Consecutive ranges of about the same length that make up a range."""
    step = max(1, -(-(stop - start) // PIECES))
    return [(first, min(stop, first + step)) for first in range(start, stop, step)]

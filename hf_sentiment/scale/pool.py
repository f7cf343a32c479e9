"""Pool: workers that are given one task at a time, and replaced when they die."""

from typing import NamedTuple, Protocol

from hf_sentiment.scale.worker import Outcome, Task


class Event(NamedTuple):
    """A task that ended.

    Attributes:
        slot: the worker's number.
        task: the task.
        outcome: None if the worker died.
    """

    slot: int
    task: Task
    outcome: Outcome | None


class Pool(Protocol):
    """Workers of one engine.

    Attributes:
        size: number of workers.
    """

    size: int

    def submit(self, slot: int, task: Task) -> None:
        """Give a task to a worker that has none."""

    def wait(self) -> list[Event]:
        """Wait until a task ends.

        Raises:
            SentimentError: the workers cannot start.
        """

    def close(self) -> None:
        """End the workers."""

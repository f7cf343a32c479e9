"""Worker: opens the adapter once, and works off one task after another, wherever its process runs."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.files.system_errors import system_sentence
from hf_sentiment.scale.sidecar import Sidecar
from hf_sentiment.scale.unit import Unit
from hf_sentiment.scale.unit_scorer import OutputError, UnitOptions, UnitScorer
from hf_sentiment.scoring.file_scorer import FileScorer

Opener = Callable[[], FileScorer]


class Task(NamedTuple):
    """What a worker does next with a unit.

    Attributes:
        kind: "score" it; "count" its rows; or "probe" some rows, without an output.
        unit: the unit.
        rejected: for "score": numbers of rows that must not be scored.
        start: for "probe": the first row, in the file from 0.
        stop: for "probe": the row after the last one.
    """

    kind: str
    unit: Unit
    rejected: Sequence[int] = ()
    start: int = 0
    stop: int = 0


class Outcome(NamedTuple):
    """What became of a task.

    Attributes:
        sidecar: of a unit that was scored.
        rows: of a unit that was counted.
        failure: why the unit cannot be read, as a sentence; empty if it can.
        fatal: whether no unit can be scored, for the same reason.
    """

    sidecar: Sidecar | None = None
    rows: int = 0
    failure: str = ""
    fatal: bool = False


@dataclass(frozen=True)
class WorkerSetup:
    """All that a worker needs to start; it is pickled.

    Attributes:
        opener: opens the adapter.
        options: of the units.
        identity: that of the adapter that the run was planned with.
    """

    opener: Opener
    options: UnitOptions
    identity: dict[str, Any]


class Worker:
    """Works off tasks.

    Args:
        setup: what to open.
        cores: the processors to use, as in `os.sched_setaffinity`; None for all that the process may use.

    Raises:
        SentimentError: the adapter cannot be opened, or is another one than planned.
    """

    def __init__(self, setup: WorkerSetup, cores: Sequence[int] | None = None) -> None:
        # Before the adapter is opened: the runtimes start as many threads as there are processors.
        if cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, cores)
        scorer = setup.opener()
        identity = scorer.identity()
        if identity != setup.identity:
            raise SentimentError(
                f"A worker opened {identity}, but the run is that of {setup.identity}: give all machines the same "
                "adapter and the same packages, and name --backend and --dtype."
            )
        self._units = UnitScorer(scorer, setup.options)

    def handle(self, task: Task) -> Outcome:
        """Do a task. An error is an outcome too, so that it costs no more than the unit."""
        try:
            if task.kind == "count":
                return Outcome(rows=self._units.count(task.unit))
            if task.kind == "probe":
                self._units.probe(task.unit, task.start, task.stop)
                return Outcome()
            return Outcome(sidecar=self._units.score(task.unit, task.rejected))
        except OutputError as error:
            return Outcome(failure=str(error), fatal=True)
        except SentimentError as error:
            return Outcome(failure=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other units can be scored
            sentence = system_sentence(error, task.unit.file)
            return Outcome(failure=sentence or f"Unexpected error, {type(error).__name__}: {first_line(error)}")

    def close(self) -> None:
        """Remove temporary files."""
        self._units.close()

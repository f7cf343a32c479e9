"""The trials of a search in Optuna's SQLite storage: who takes which, and what survives a kill."""

from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from hf_sentiment.training.search.space import Space

DATABASE = "trials.db"
NAME = "search"
REASON = "reason"
MEASURE = "measure"


class Study:
    """One search's trials.

    A trial is over when it has a value, or a reason why it has none. One that was under way when its process was killed
    has neither, and is tried again.
    """

    def __init__(self, folder: Path, space: Space, wanted: int, seed: int):
        self.space = space
        self.wanted = wanted
        self.seed = seed
        self.storage = f"sqlite:///{folder / DATABASE}"
        optuna.logging.set_verbosity(optuna.logging.WARNING)

    def begin(self) -> None:
        """Make the study, or mend it after a kill; nobody else may be at work on it."""
        study = optuna.create_study(
            study_name=NAME, storage=self.storage, direction="maximize", load_if_exists=True, sampler=self.sampler()
        )
        for trial in study.get_trials(states=(TrialState.RUNNING,)):
            study.tell(trial.number, state=TrialState.FAIL)
        if self.space.sampler == "grid":
            there = [_queued(trial) or trial.params for trial in self.all() if _counts(trial)]
            for settings in self.space.combinations():
                if settings not in there:
                    study.enqueue_trial(settings)

    def sampler(self) -> optuna.samplers.BaseSampler:
        """Seeded by what is done: a search that goes on draws what an unbroken one would have drawn."""
        begun = [trial for trial in self._known() if _counts(trial) and trial.state != TrialState.WAITING]
        return optuna.samplers.TPESampler(seed=self.seed + len(begun), constant_liar=True)

    def all(self) -> list[FrozenTrial]:
        """Every trial, by number; those that were killed or had no place among them too."""
        return optuna.load_study(study_name=NAME, storage=self.storage).get_trials(deepcopy=False)

    def finished(self) -> int:
        """How many trials are over."""
        return sum(map(is_over, self.all()))

    def open(self) -> bool:
        """Whether there is a trial left that nobody works on."""
        return sum(_counts(trial) and trial.state != TrialState.WAITING for trial in self.all()) < self.wanted

    def takes(self, trial: optuna.Trial) -> bool:
        """Whether a trial that was just begun has a place: workers may reach for the last one together."""
        if self.space.sampler == "grid":
            return _queued(self.all()[trial.number]) is not None
        before = [other for other in self.all()[: trial.number] if _counts(other)]
        return len(before) < self.wanted

    def _known(self) -> list[FrozenTrial]:
        try:
            return self.all()
        except KeyError:
            # The study is not there yet: its sampler comes first.
            return []


def is_over(trial: FrozenTrial) -> bool:
    """Whether a trial has a value, or a reason why it has none."""
    return trial.state == TrialState.COMPLETE or (trial.state == TrialState.FAIL and REASON in trial.user_attrs)


def _counts(trial: FrozenTrial) -> bool:
    return is_over(trial) or trial.state in (TrialState.RUNNING, TrialState.WAITING)


def _queued(trial: FrozenTrial) -> dict | None:
    return trial.system_attrs.get("fixed_params")

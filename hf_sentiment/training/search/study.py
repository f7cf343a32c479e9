"""The trials of a search in Optuna's SQLite storage: which are taken, and which survive a kill."""

from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from hf_sentiment.training.search.space import Space

DATABASE = "trials.db"
NAME = "search"
# Attributes of a trial: its settings in a grid, why it failed, and the name of the metric it is judged by.
SETTINGS = "settings"
REASON = "reason"
MEASURE = "measure"


class Study:
    """The trials of one search, which several processes may run at once.

    A trial is finished when it has a value, or a reason why it failed. A trial whose process was killed has neither,
    and is tried again.

    Args:
        folder: the search's folder.
        space: what it tries.
        wanted: number of trials.
        seed: the sampler's seed.
    """

    def __init__(self, folder: Path, space: Space, wanted: int, seed: int) -> None:
        self.space = space
        self.wanted = wanted
        self.seed = seed
        self.storage = f"sqlite:///{folder / DATABASE}"
        optuna.logging.set_verbosity(optuna.logging.WARNING)

    def begin(self) -> None:
        """Create the study, or repair it after a kill. No other process may be running trials of it."""
        study = optuna.create_study(study_name=NAME, storage=self.storage, direction="maximize", load_if_exists=True)
        for trial in study.get_trials(states=(TrialState.RUNNING,)):
            study.tell(trial.number, state=TrialState.FAIL)
        if self.space.sampler == "grid":
            known = [trial.user_attrs.get(SETTINGS) for trial in self.all() if _counts(trial)]
            for settings in self.space.combinations():
                if settings not in known:
                    study.enqueue_trial(settings, user_attrs={SETTINGS: settings})

    def ask(self) -> optuna.Trial | None:
        """Begin a trial; None if another worker took the last one at the same time."""
        study = optuna.load_study(study_name=NAME, storage=self.storage, sampler=self._sampler())
        trial = study.ask()
        if self._has_place(trial.number):
            return trial
        study.tell(trial, state=TrialState.PRUNED)
        return None

    def complete(self, trial: optuna.Trial, value: float) -> None:
        """Record a trial's value."""
        trial.study.tell(trial, value)

    def fail(self, trial: optuna.Trial, reason: str | None = None) -> None:
        """Record that a trial failed; without a reason it will be tried again."""
        if reason is not None:
            # First: Optuna takes no more attributes once a trial has ended.
            trial.set_user_attr(REASON, reason)
        trial.study.tell(trial, state=TrialState.FAIL)

    def all(self) -> list[FrozenTrial]:
        """Every trial by number, including killed ones and those in excess of `wanted`."""
        return optuna.load_study(study_name=NAME, storage=self.storage).get_trials(deepcopy=False)

    def finished(self) -> int:
        """Number of finished trials."""
        return sum(map(is_over, self.all()))

    def open(self) -> bool:
        """Whether there is a trial left that no process has taken."""
        return sum(_counts(trial) and trial.state != TrialState.WAITING for trial in self.all()) < self.wanted

    def _sampler(self) -> optuna.samplers.BaseSampler:
        # Seed with the number of trials begun, so a resumed search draws the same ones.
        begun = [trial for trial in self.all() if _counts(trial) and trial.state != TrialState.WAITING]
        return optuna.samplers.TPESampler(seed=self.seed + len(begun), constant_liar=True)

    def _has_place(self, number: int) -> bool:
        trials = self.all()
        if self.space.sampler == "grid":
            return SETTINGS in trials[number].user_attrs
        return sum(map(_counts, trials[:number])) < self.wanted


def is_over(trial: FrozenTrial) -> bool:
    """Whether a trial has a value, or a reason why it has none."""
    return trial.state == TrialState.COMPLETE or (trial.state == TrialState.FAIL and REASON in trial.user_attrs)


def _counts(trial: FrozenTrial) -> bool:
    return is_over(trial) or trial.state in (TrialState.RUNNING, TrialState.WAITING)

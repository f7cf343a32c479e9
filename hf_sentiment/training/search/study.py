"""The trials of a search in Optuna's storage: which are taken, and which survive a kill."""

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import optuna
from optuna.exceptions import DuplicatedStudyError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.search.space import Space
from hf_sentiment.training.search.storage import SharedStorage, give_back_stale_trials

DATABASE = "trials.db"
NAME = "search"
# Attributes of a trial: its settings in a grid, why it failed, and the name of the metric it is judged by.
SETTINGS = "settings"
REASON = "reason"
MEASURE = "measure"
# Attributes of a shared study: the options it was begun with, and the place of the search that began it.
TOLD = "told"
BEGAN = "began"


class Study:
    """The trials of one search, which several processes may run at once.

    A trial is finished when it has a value, or a reason why it failed. A trial whose process was killed has neither,
    and is tried again.

    Args:
        folder: the search's folder.
        space: what it tries.
        wanted: number of trials.
        seed: the sampler's seed.
        shared: the database, if searches on several machines share the trials; a file in the folder by default.
    """

    def __init__(self, folder: Path, space: Space, wanted: int, seed: int, shared: SharedStorage | None = None) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.space = space
        self.wanted = wanted
        self.shared = shared
        self.name = shared.name if shared else NAME
        # Searches that begin together must not draw the same settings.
        self.seed = seed + (zlib.crc32(shared.place.encode()) % 1_000_000 if shared else 0)
        self.storage = shared.open() if shared else RDBStorage(f"sqlite:///{folder / DATABASE}")

    def begin(self, told: dict[str, Any] | None = None) -> None:
        """Create the study, or repair it after a kill; a shared one may also be joined.

        Of a study that is not shared, no other process may be running trials.

        Args:
            told: the options that all searches of a shared study must have in common.

        Raises:
            SentimentError: the shared study was begun with other options.
        """
        if self.shared and not self._begins(self.shared.place, told):
            return
        study = optuna.create_study(
            study_name=self.name, storage=self.storage, direction="maximize", load_if_exists=True
        )
        if not self.shared:
            for trial in study.get_trials(states=(TrialState.RUNNING,)):
                study.tell(trial.number, state=TrialState.FAIL)
        if self.space.sampler == "grid":
            known = [trial.user_attrs.get(SETTINGS) for trial in self.all() if _counts(trial)]
            for settings in self.space.combinations():
                if settings not in known:
                    study.enqueue_trial(settings, user_attrs={SETTINGS: settings})

    def _begins(self, place: str, told: dict[str, Any] | None) -> bool:
        """Whether this search, and not another one, has begun the shared study."""
        try:
            study = optuna.create_study(study_name=self.name, storage=self.storage, direction="maximize")
            study.set_user_attr(TOLD, told)
            study.set_user_attr(BEGAN, place)
        except DuplicatedStudyError:
            study = self._load()
        known = study.user_attrs
        if BEGAN not in known:
            raise SentimentError(
                f"Another search has just begun the study {self.name}, or was ended while it did: try again, and give "
                "another --study-name if that does not help."
            )
        earlier, now = known[TOLD] or {}, told or {}
        if differing := sorted(key for key in now.keys() | earlier.keys() if now.get(key) != earlier.get(key)):
            raise SentimentError(
                f"The study {self.name} of this storage was begun with another {', '.join(differing)}: give the same, "
                "or another --study-name."
            )
        return bool(known[BEGAN] == place)

    @property
    def trains_winner(self) -> bool:
        """Whether this search trains the winner: of several that share a study, the one that began it."""
        return self.shared is None or self._load().user_attrs[BEGAN] == self.shared.place

    @contextmanager
    def alive(self, trial: optuna.Trial) -> Iterator[None]:
        """Give signs of life of a trial of a shared study while the block runs."""
        if self.shared is None:
            yield
            return
        ended = Event()
        study_id = self.storage.get_study_id_from_name(self.name)
        trial_id = self.storage.get_trial_id_from_study_id_trial_number(study_id, trial.number)
        thread = Thread(target=self._beat, args=(trial_id, self.shared.heartbeat, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _beat(self, trial_id: int, interval: int, ended: Event) -> None:
        self.storage.record_heartbeat(trial_id)
        while not ended.wait(interval):
            self.storage.record_heartbeat(trial_id)

    def _load(self, sampler: optuna.samplers.BaseSampler | None = None) -> optuna.Study:
        return optuna.load_study(study_name=self.name, storage=self.storage, sampler=sampler)

    def ask(self) -> optuna.Trial | None:
        """Begin a trial; None if another worker took the last one at the same time."""
        study = self._load(self._sampler())
        with warnings.catch_warnings():
            # `alive` gives the signs of life, which Optuna does not know.
            warnings.filterwarnings("ignore", "Heartbeat of storage", UserWarning)
            trial = study.ask()
        if self._has_place(trial.number):
            return trial
        study.tell(trial, state=TrialState.PRUNED)
        return None

    def complete(self, trial: optuna.Trial, value: float) -> None:
        """Record a trial's value, unless the trial was given back meanwhile: then another one has its settings."""
        trial.study.tell(trial, value, skip_if_finished=True)

    def fail(self, trial: optuna.Trial, reason: str | None = None) -> None:
        """Record that a trial failed; without a reason it will be tried again."""
        if reason is not None:
            # First: Optuna takes no more attributes once a trial has ended.
            trial.set_user_attr(REASON, reason)
        trial.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)

    def all(self) -> list[FrozenTrial]:
        """Every trial by number, including killed ones and those in excess of `wanted`."""
        return self._load().get_trials(deepcopy=False)

    def finished(self) -> int:
        """Number of finished trials."""
        return sum(map(is_over, self.all()))

    def open(self) -> bool:
        """Whether there is a trial left that no process has taken, or whose process gives no sign of life."""
        if self.shared:
            give_back_stale_trials(self._load())
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

"""SharedStorage: a database with the trials of a search that several machines run."""

import socket
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy.exc import SQLAlchemyError

from hf_sentiment.compat.optuna import heartbeat_storage
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.training.search.arguments import SearchArguments
from hf_sentiment.training.search.storage_url import engine_url, without_password

# A trial without a sign of life for this many intervals is given back: one is lost easily on a busy machine.
GRACE = 3
# Several searches may create the tables at the same time, and all but one of them fail.
ATTEMPTS, PAUSE = 5, 1.0


@dataclass(frozen=True)
class SharedStorage:
    """A database that several searches use at once.

    Attributes:
        url: as SQLAlchemy reads it.
        name: of the study in it.
        heartbeat: seconds between the signs of life of a running trial.
        place: of the search that uses it, different from those of all others.
    """

    url: str
    name: str
    heartbeat: int
    place: str

    def open(self) -> RDBStorage:
        """Connect, and create the tables if there are none.

        Raises:
            SentimentError: there is no such database, or it does not let us in.
        """
        attempt = 1
        while True:
            try:
                return self._connect()
            except (SQLAlchemyError, StorageInternalError, ImportError) as error:
                if attempt == ATTEMPTS or isinstance(error, ImportError):
                    raise SentimentError(
                        f"The storage {without_password(self.url)} cannot be used: {first_line(error)}"
                    ) from error
            attempt += 1
            time.sleep(PAUSE)

    def _connect(self) -> RDBStorage:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return heartbeat_storage(engine_url(self.url), self.heartbeat, GRACE * self.heartbeat)


def give_back_stale_trials(study: optuna.Study) -> None:
    """Queue the trials again whose processes give no sign of life any more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)


def shared_storage(arguments: SearchArguments, folder: Path) -> SharedStorage | None:
    """The database of --storage; None without it."""
    if arguments.storage is None:
        return None
    place = f"{socket.gethostname()}:{folder.resolve()}"
    return SharedStorage(arguments.storage, arguments.study_name, arguments.heartbeat, place)

"""Worker processes of a search: `python -m hf_sentiment.training.search.worker FOLDER NUMBER`."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.say import Say
from hf_sentiment.training.search.manifest import read_arguments
from hf_sentiment.training.search.space import load_space
from hf_sentiment.training.search.storage import shared_storage
from hf_sentiment.training.search.study import Study
from hf_sentiment.training.search.trials import prepare_trials, run_trials

STORAGE = "HF_SENTIMENT_SEARCH_STORAGE"


def run_workers(folder: Path, workers: int, storage: str | None) -> None:
    """Run the trials of the search in a folder in several processes, and wait for them.

    They end when this process ends, however it ends: each watches a pipe that this process holds.

    Args:
        folder: of a search that was begun.
        workers: number of processes.
        storage: URL of the shared database, if there is one.

    Raises:
        SentimentError: a worker failed.
    """
    threads = max(1, (os.cpu_count() or 1) // workers)
    command = [sys.executable, "-m", "hf_sentiment.training.search.worker", str(folder)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1"}
    if storage is not None:
        # It may hold a password, which belongs neither into a file nor into a list of processes.
        environment[STORAGE] = storage
    started = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, env=environment) for number in range(workers)
    ]
    codes = [process.wait() for process in started]
    if any(codes):
        raise SentimentError("A worker of the search failed; its error is above. Give --resume to resume the search.")


def work(folder: Path, number: int, say: Say = print) -> None:
    """Run trials of the search in a folder until none is left.

    Args:
        folder: of a search that was begun.
        number: of this worker, from 0.
        say: called with a line for each trial.
    """
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    # The main process has read the rows too, and written the lost ones.
    arguments = replace(read_arguments(folder), rejects=None, storage=os.environ.get(STORAGE))
    resolved = arguments.resolved()
    space = load_space(arguments.space)
    # Give each worker a seed of its own: their first trials begin together, and must not be the same.
    seed = resolved.run.seed + 1000 * number
    study = Study(folder, space, arguments.number_of_trials(space), seed, shared_storage(arguments, folder))
    run_trials(study, prepare_trials(resolved), say)


def _exit_with_parent() -> None:
    # Nothing is ever written to the pipe: the read returns when the parent has ended.
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))

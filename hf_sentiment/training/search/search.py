"""search: trials over a space of options, chosen on validation rows alone, and the winner trained and tested once."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import get_type_hints

import yaml
from filelock import FileLock, Timeout

from hf_sentiment.adapter.folder import ADAPTER_CONFIG
from hf_sentiment.errors import SentimentError, require
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.recipe_files import RECIPE_OPTIONS, load_recipe
from hf_sentiment.training.search.report import TrialResult, draw_trials, read_trials, trials_table
from hf_sentiment.training.search.space import Space, load_space
from hf_sentiment.training.search.study import Study
from hf_sentiment.training.search.trials import run_trials
from hf_sentiment.training.train import TrainResult, train

MANIFEST = "search.json"
RECIPE = "best.yaml"
BEST = "best"
# Trials of a search that is not a grid, where the user gives no number.
TRIALS = 20


@dataclass
class SearchArguments(TrainArguments):
    """Options of a search: those of training, which all trials share, and these."""

    space: str = field(default="grid", metadata={"help": "grid, optuna, or a YAML file: which options, over what"})
    trials: int | None = field(default=None, metadata={"help": f"how many, where it is no grid (default: {TRIALS})"})
    workers: int = field(default=1, metadata={"help": "processes that work on the trials, sharing the cores"})


@dataclass
class SearchResult:
    """What a search gave.

    Attributes:
        output_dir: trials.csv, trials.png, best.yaml, and the winner's adapter in "best".
        trials: in their order.
        best: the winner.
        winner: the run that trained it again and tested it; None where an earlier run had done so.
    """

    output_dir: Path
    trials: list[TrialResult]
    best: TrialResult
    winner: TrainResult | None


def search(arguments: SearchArguments, say: Callable[[str], object] = print) -> SearchResult:
    """Try the settings of a space, write the best as a recipe, train it and test it once.

    Every trial ends with the best that its epochs reached on the validation rows (accuracy; where labels go together,
    average precision), which is all that the choice goes by. A search that was interrupted goes on with `resume`:
    finished trials stay, one that was under way begins again, and one worker comes to the same choices as if nothing
    had happened.

    Args:
        arguments: options.
        say: called with each line of progress worth reading.

    Raises:
        SentimentError: see `train` and `load_space`; or the folder holds another search, or no trial came to an end.
    """
    require("optuna", "search", "hf-sentiment search")
    arguments = replace(arguments)
    space = load_space(arguments.space)
    for name, value in space.fixed.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    # A least number of steps would hide what epochs and batches do.
    arguments.min_steps = 0
    resolved = arguments.resolved()
    if resolved.streaming:
        raise SentimentError("A search reads its reviews whole: give --streaming false and a --train-size.")
    folder = Path(arguments.output_dir).expanduser()
    with _claimed(folder, arguments, space):
        study = Study(folder, space, wanted_trials(arguments, space), resolved.seed)
        study.begin()
        say(f"{study.wanted} trials over {', '.join(space.options)}; {study.finished()} are done")
        if study.finished() < study.wanted:
            if arguments.workers > 1:
                _run_workers(folder, arguments.workers)
            else:
                run_trials(study, resolved, say)
        trials = read_trials(study.all(), space)
        best = max(trials, key=lambda trial: (trial.accuracy if trial.accuracy is not None else -1, -trial.number))
        if best.accuracy is None:
            raise SentimentError(f"No trial came to an end; the first says: {trials[0].reason}")
        _write(folder, resolved, trials, best)
        say(f"\n{trials_table(trials)}\n\nBest: trial {best.number}; its recipe: {folder / RECIPE}\n")
        winner = _train_winner(arguments, folder, say)
    return SearchResult(folder, trials, best, winner)


def wanted_trials(arguments: SearchArguments, space: Space) -> int:
    """How many trials a search has.

    Raises:
        SentimentError: a number is given for a grid, or it is none.
    """
    if space.sampler == "grid":
        if arguments.trials is not None:
            raise SentimentError("A grid tries all of its settings: leave --trials out.")
        return len(space.combinations())
    wanted = TRIALS if arguments.trials is None else arguments.trials
    if wanted < 1:
        raise SentimentError(f"--trials is {wanted}: give 1 or more.")
    return wanted


@contextmanager
def _claimed(folder: Path, arguments: SearchArguments, space: Space):
    """Hold the folder for this search alone, and see that what is in it belongs to it."""
    # What may differ between a search and the command that goes on with it.
    free = {"resume", "overwrite", "workers", "output_dir", "push_to_hub", "private"}
    told = {key: value for key, value in asdict(arguments).items() if key not in free and value is not None}
    told["space"] = asdict(space)
    manifest = folder / MANIFEST
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Given up by the system when the process ends, however it ends.
        lock = FileLock(folder / ".lock", timeout=0).acquire()
    except Timeout:
        raise SentimentError(f"Another search is at work in {folder}: wait for it to end.") from None
    except OSError as error:
        raise SentimentError(f"{folder} cannot be written to ({error.strerror}): give another --output-dir.") from error
    with lock:
        if manifest.is_file():
            earlier = json.loads(manifest.read_text())["told"]
            if not arguments.resume:
                raise SentimentError(
                    f"{folder} holds a search: --resume goes on with it, or give another --output-dir."
                )
            if earlier != json.loads(json.dumps(told)):
                differ = sorted(key for key in told.keys() | earlier.keys() if told.get(key) != earlier.get(key))
                raise SentimentError(
                    f"The search in {folder} has another {', '.join(differ)}: give another --output-dir."
                )
        elif any(path.name != ".lock" for path in folder.iterdir()):
            raise SentimentError(f"{folder} is not empty: give another --output-dir.")
        told_all = {key: value for key, value in asdict(arguments).items() if value is not None}
        manifest.write_text(json.dumps({"told": told, "arguments": told_all}, indent=2) + "\n")
        yield


def _run_workers(folder: Path, workers: int) -> None:
    """Processes of their own, which end with this one however it ends: they watch the pipe that it holds."""
    threads = max(1, (os.cpu_count() or 1) // workers)
    command = [sys.executable, "-m", "hf_sentiment.training.search.search", str(folder)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1"}
    started = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, env=environment) for number in range(workers)
    ]
    codes = [process.wait() for process in started]
    if any(codes):
        raise SentimentError("A worker of the search ended early; what it said stands above. Go on with --resume.")


def _work(folder: Path, number: int, say=print) -> None:
    """What a worker does."""

    def leave_with_the_parent():
        # Ends where the other end of the pipe is closed; nothing is ever written to it.
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=leave_with_the_parent, daemon=True).start()
    known = {f.name for f in fields(SearchArguments)}
    content = json.loads((folder / MANIFEST).read_text())
    arguments = SearchArguments(**{key: value for key, value in content["arguments"].items() if key in known})
    resolved = arguments.resolved()
    space = load_space(arguments.space)
    # Workers that begin together know nothing of each other's first trials, and must not draw the same.
    study = Study(folder, space, wanted_trials(arguments, space), resolved.seed + 1000 * number)
    run_trials(study, resolved, say)


def _write(folder: Path, resolved: SearchArguments, trials: list[TrialResult], best: TrialResult) -> None:
    # What the recipe said of the labels and their column holds for the winner too.
    names = dict.fromkeys([*RECIPE_OPTIONS, *load_recipe(resolved.recipe, get_type_hints(TrainArguments))])
    options = {name: getattr(resolved, name) for name in names} | best.settings
    lines = [
        f"# The best of {len(trials)} trials: validation {best.measure} {best.accuracy:.4f}, trial {best.number}.",
        "# hf-sentiment train --recipe best.yaml --dataset ... --output-dir ...",
        yaml.safe_dump(options, sort_keys=False),
    ]
    (folder / RECIPE).write_text("\n".join(lines))
    (folder / "trials.csv").write_text(trials_table(trials, separator=","))
    draw_trials(trials, folder / "trials.png")


def _train_winner(arguments: SearchArguments, folder: Path, say) -> TrainResult | None:
    """Train the winner as `hf-sentiment train` would; its is the only look at the test rows."""
    if (folder / BEST / ADAPTER_CONFIG).is_file():
        say(f"Nothing to do: the winner's adapter is in {folder / BEST}.")
        return None
    own = {f.name: getattr(arguments, f.name) for f in fields(TrainArguments)}
    own |= {name: None for name in RECIPE_OPTIONS}
    own |= {"recipe": str(folder / RECIPE), "output_dir": str(folder / BEST), "resume": True, "overwrite": False}
    return train(TrainArguments(**own), say)


if __name__ == "__main__":
    _work(Path(sys.argv[1]), int(sys.argv[2]))

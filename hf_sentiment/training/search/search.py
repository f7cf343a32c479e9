"""search: run trials over a space of options, choose on validation rows, then train and test the winner."""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from hf_sentiment.adapter.folder import ADAPTER_CONFIG
from hf_sentiment.errors import SentimentError
from hf_sentiment.training.arguments import TrainArguments, option_types
from hf_sentiment.training.recipe_files import RECIPE_OPTIONS, load_recipe
from hf_sentiment.training.resolved import ResolvedArguments
from hf_sentiment.training.run import TrainResult, train
from hf_sentiment.training.say import Say
from hf_sentiment.training.search.arguments import SearchArguments
from hf_sentiment.training.search.check_search import check_search
from hf_sentiment.training.search.manifest import claimed, shared_options
from hf_sentiment.training.search.report import TrialResult, best_trial, draw_trials, read_trials, trials_table
from hf_sentiment.training.search.space import load_space
from hf_sentiment.training.search.storage import shared_storage
from hf_sentiment.training.search.study import Study
from hf_sentiment.training.search.trials import prepare_trials, run_trials
from hf_sentiment.training.search.worker import run_workers

RECIPE = "best.yaml"
BEST = "best"
# Seconds between two looks at the trials of other searches.
POLL = 1.0


@dataclass
class SearchResult:
    """The result of a search.

    Attributes:
        output_dir: holds trials.csv, trials.png, best.yaml, and the winner's adapter in "best".
        trials: in their order.
        best: the winner.
        winner: the run that trained the winner again and tested it; None if an earlier run had done so, or if another
            search does so, which has begun the study that they share.
    """

    output_dir: Path
    trials: list[TrialResult]
    best: TrialResult
    winner: TrainResult | None


def search(arguments: SearchArguments, say: Say = print) -> SearchResult:
    """Try the settings of a space, write the best as a recipe, train it and test it once.

    The value of a trial is the best value of its epochs on the validation rows, by the metric of --choose-by, and the
    choice depends on nothing else. An interrupted search is resumed with `resume`: finished trials are kept, an
    unfinished one starts again, and a single worker makes the same choices as without the interruption.

    Args:
        arguments: options.
        say: called with each line of progress.

    Raises:
        SentimentError: see `train` and `load_space`; or the folder holds another search, or every trial failed.
    """
    check_search(arguments)
    space = load_space(arguments.space)
    arguments = arguments.with_fixed(space)
    resolved = arguments.resolved()
    folder = resolved.run.folder
    # Before the folder is claimed: what is refused here leaves none. An earlier run of this search has passed it.
    setup = None if arguments.resume and folder.exists() else prepare_trials(resolved)
    wanted = arguments.number_of_trials(space)
    with claimed(folder, arguments, space):
        shared = shared_storage(arguments, folder)
        study = Study(folder, space, wanted, resolved.run.seed, shared)
        study.begin(shared_options(arguments, space))
        say(f"{wanted} trials over {', '.join(space.options)}; {study.finished()} are done")
        if study.finished() < wanted:
            if arguments.workers > 1:
                run_workers(folder, arguments.workers, arguments.storage)
            else:
                setup = setup or prepare_trials(resolved)
                run_trials(study, setup, say)
        if shared:
            _wait_for_others(study, wanted, lambda: run_trials(study, setup or prepare_trials(resolved), say), say)
        trials = read_trials(study.all(), space)
        best = best_trial(trials)
        if best.accuracy is None:
            raise SentimentError(f"Every trial failed; the error of the first: {trials[0].reason}")
        _write(folder, resolved, trials, best)
        say(f"\n{trials_table(trials)}\n\nBest: trial {best.number}; its recipe: {folder / RECIPE}\n")
        winner = None
        if study.trains_winner:
            winner = _train_winner(arguments, folder, say)
        else:
            say("The search that began the study trains the winner; so does hf-sentiment train with this recipe.")
    return SearchResult(folder, trials, best, winner)


def _wait_for_others(study: Study, wanted: int, run: Callable[[], None], say: Say) -> None:
    """Wait for the trials that other searches run, and run those that they give back."""
    said = False
    while study.finished() < wanted:
        if study.open():
            run()
        elif not said:
            say("Waiting for the trials of other searches")
            said = True
        time.sleep(POLL)


def _write(folder: Path, resolved: ResolvedArguments, trials: list[TrialResult], best: TrialResult) -> None:
    # The recipe's labels and label column hold for the winner too.
    names = dict.fromkeys([*RECIPE_OPTIONS, *load_recipe(resolved.run.recipe, option_types())])
    values = resolved.flat()
    options = {name: values[name] for name in names} | best.settings
    lines = [
        f"# The best of {len(trials)} trials: validation {best.measure} {best.accuracy:.4f}, trial {best.number}.",
        "# hf-sentiment train --recipe best.yaml --dataset ... --output-dir ...",
        yaml.safe_dump(options, sort_keys=False),
    ]
    (folder / RECIPE).write_text("\n".join(lines))
    (folder / "trials.csv").write_text(trials_table(trials, separator=","))
    draw_trials(trials, folder / "trials.png")


def _train_winner(arguments: SearchArguments, folder: Path, say: Say) -> TrainResult | None:
    """Train the winner as `hf-sentiment train` would; only this run uses the test rows."""
    if (folder / BEST / ADAPTER_CONFIG).is_file():
        say(f"Nothing to do: the winner's adapter is in {folder / BEST}.")
        return None
    values = {each.name: getattr(arguments, each.name) for each in fields(TrainArguments)}
    values |= {name: None for name in RECIPE_OPTIONS}
    values |= {"recipe": str(folder / RECIPE), "output_dir": str(folder / BEST), "resume": True, "overwrite": False}
    # The rows were read, and the lost ones written, before the first trial.
    values["rejects"] = None
    return train(TrainArguments(**values), say)

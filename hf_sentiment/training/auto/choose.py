"""Choose a recipe for the reviews at hand by cross-validation on their training rows."""

from dataclasses import asdict, replace

import numpy as np
from datasets import Dataset

from hf_sentiment.adapter.folder import DEFAULT_FOLDER
from hf_sentiment.metrics.baselines import tfidf_logits
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.metrics.predictions import predicted_labels, right_rows, true_labels
from hf_sentiment.reports.names import percent
from hf_sentiment.reviews.fingerprints import read_training_rows, text_mark
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.auto.candidates import (
    AS_IS,
    BASE_HEAD,
    NEW_HEAD,
    OWN,
    Candidate,
    candidates_for,
    usually_best,
)
from hf_sentiment.training.auto.choice import Choice, Tried
from hf_sentiment.training.auto.out_of_fold import Folds, make_folds, out_of_fold_logits
from hf_sentiment.training.processes import from_main
from hf_sentiment.training.say import Say
from hf_sentiment.training.setup import OutOfFold, RunSetup, for_arguments

# With more rows the comparison would take longer than the training, and a trained encoder is better than a frozen one.
MOST_ROWS = 1000
# Fewer rows cannot tell recipes apart.
LEAST_ROWS = 16
FOLDS, FOLDS_OF_FEW, FEW = 3, 4, 200
# Standard errors of a paired difference: within one, recipes are equal; beyond two, one is clearly worse. With few
# rows, the best of five recipes is often the luckiest, so there the usual one must be clearly worse to be passed over.
EQUAL, CLEAR = 1.0, 2.0
# Reviews that training reads in all, unless the user says for how many epochs: more would take hours on two cores. Not
# measured: what the epochs that are left out would have given.
MOST_READ = 40_000


def choose_recipe(setup: RunSetup, arguments: TrainArguments, say: Say, *, main: bool = True) -> RunSetup:
    """Try the recipes that suit a run on its training rows, and return the setup for the best.

    The accuracy of each is cross-validated on at most 1,000 training rows that the shipped adapter has not seen. The
    recipe that is usually the best is chosen, see `usually_best`, unless another is better by more than one standard
    error of the paired difference (two, if there are few rows); with more training rows, one that trains. Test rows
    take no part. A resumed run keeps what it has chosen.

    Args:
        setup: with the options of the recipe `minilm`.
        arguments: the user's options, which hold whatever recipe is chosen.
        say: called with the lines of the table.
        main: whether this is the process that writes, and whose comparison holds for all.

    Returns:
        The setup with the options of the chosen recipe, a note about the choice, and, with few rows, its out-of-fold
        logits.
    """
    candidates = candidates_for(setup, arguments)
    rows = _unseen(setup.reviews.train) if len(candidates) > 1 else None
    if rows is None or len(rows) < LEAST_ROWS:
        # With too few rows to compare, the one that needs the fewest.
        only = candidates[-1] if rows is None else candidates[0]
        say(f"Recipe: {only.recipe} ({only.what}), without a comparison")
        return _setup_with(only.recipe, setup, arguments)
    folder = setup.arguments.run.folder
    if arguments.resume and (earlier := from_main(Choice.load(folder))) is not None:
        say(f"Recipe: {earlier.recipe}, as chosen before the interruption")
        return _setup_for(earlier, setup, arguments)
    folds = make_folds(rows, FOLDS_OF_FEW if len(rows) <= FEW else FOLDS, setup.arguments.run.seed)
    say(f"Choosing a recipe by {len(folds)}-fold cross-validation on {len(rows)} training reviews:")
    race = _Race(setup, arguments, rows, folds, say)
    race.add_tfidf()
    for candidate in candidates:
        if candidate.recipe == OWN and from_main(race.clearly_worse(BASE_HEAD, NEW_HEAD)):
            say(f"  {candidate.what:<40} not tried: its head alone is clearly worse")
        else:
            race.add(candidate)
    frozen_too = setup.reviews.train_rows <= MOST_ROWS
    chosen = from_main(race.best([each for each in candidates if each.trains or frozen_too]))
    of = "" if frozen_too else f" of those that train, for more than {MOST_ROWS:,} rows"
    say(f"Recipe: {chosen.recipe} ({chosen.what}), the best within noise{of}")
    choice = Choice(chosen.recipe, race.table, OutOfFold(race.logits[chosen.recipe], race.truth))
    if main:
        choice.save(folder)
    return _setup_for(choice, setup, arguments)


def _setup_for(choice: Choice, setup: RunSetup, arguments: TrainArguments) -> RunSetup:
    setup = _setup_with(choice.recipe, setup, arguments)
    setup.config.provenance["auto"] = [asdict(each) for each in choice.table]
    others = ", ".join(f"{each.what} {percent(each.accuracy)}" for each in choice.table)
    rows = len(choice.out_of_fold.truth)
    setup.reviews.notes.append(
        f"The recipe {choice.recipe} was chosen by cross-validation on {rows} training reviews: {others}."
    )
    # Models that learnt from two thirds of 1,000 reviews are surer of themselves than one that learns from many more:
    # with them, 50,000 reviews got a temperature of 1.60, and a calibration error of 3.7 points instead of 0.9.
    setup.reviews.notes.extend(_doubts(choice.table, setup.config.labels))
    if setup.reviews.train_rows > MOST_ROWS:
        return setup
    # With a recipe, the same command would choose temperature and thresholds on the validation rows alone.
    setup.config.provenance["command"] = arguments.command()
    return replace(setup, out_of_fold=choice.out_of_fold)


def _doubts(table: list[Tried], labels: list[str]) -> list[str]:
    """Whether Negative and Positive, under any names, seem to be the wrong way round."""
    wrong = [each for each in table if each.recipe == AS_IS and each.interval[1] < 0.5]
    return [
        f"The shipped adapter answers {percent(each.accuracy)} of these reviews right, less than guessing would: are "
        f"{labels[0]} and {labels[1]} the wrong way round? --label-map says which value is which."
        for each in wrong
    ]


def _setup_with(recipe: str, setup: RunSetup, arguments: TrainArguments) -> RunSetup:
    """The setup with a recipe's options, and with fewer epochs for many reviews."""
    setup = for_arguments(setup, replace(arguments, recipe=recipe))
    rows, usual = setup.reviews.train_rows, setup.arguments.schedule.epochs
    epochs = max(1, round(MOST_READ / rows)) if rows else usual
    if arguments.epochs is None and arguments.max_steps is None and epochs < usual:
        setup = for_arguments(setup, replace(arguments, recipe=recipe, epochs=epochs))
        setup.reviews.notes.append(
            f"Epochs: {epochs} instead of the recipe's {usual:g}, for {rows:,} training reviews."
        )
    return setup


def _unseen(train: Dataset) -> Dataset:
    """The rows to compare on: at most 1,000 that the shipped adapter was not trained on."""
    known = read_training_rows(DEFAULT_FOLDER) or frozenset()
    new = [row for row, text in enumerate(train["text"]) if text_mark(text) not in known]
    return train.select(new[:MOST_ROWS])


class _Race:
    """The recipes tried so far, and which rows each answers right."""

    def __init__(self, setup: RunSetup, arguments: TrainArguments, rows: Dataset, folds: Folds, say: Say) -> None:
        self.setup, self.arguments, self.rows, self.folds, self.say = setup, arguments, rows, folds, say
        self.truth = true_labels(rows["label"][:], setup.config)
        self.table: list[Tried] = []
        self.right: dict[str, np.ndarray] = {}
        self.logits: dict[str, np.ndarray] = {}

    def add(self, candidate: Candidate) -> None:
        """Try a recipe."""
        setup = for_arguments(self.setup, replace(self.arguments, recipe=candidate.recipe))
        self._note(candidate.recipe, candidate.what, out_of_fold_logits(setup, self.rows, self.folds))

    def add_tfidf(self) -> None:
        """Try the baseline."""
        logits = np.empty((len(self.rows), len(self.setup.config.labels)), dtype=np.float32)
        for train, held in self.folds:
            logits[held] = tfidf_logits(self.rows.select(train), self.rows.select(held), self.setup.config)
        self._note("tfidf", "TF-IDF and logistic regression", logits)

    def _note(self, recipe: str, what: str, logits: np.ndarray) -> None:
        right = right_rows(predicted_labels(logits, self.setup.config), self.truth)
        self.right[recipe], self.logits[recipe] = right, logits
        interval = wilson_interval(int(right.sum()), len(right))
        self.table.append(Tried(recipe, what, float(right.mean()), list(interval)))
        self.say(self.table[-1].line())

    def clearly_worse(self, recipe: str, other: str) -> bool:
        """Whether a recipe is worse than another beyond noise; False if either was not tried."""
        return {recipe, other} <= self.right.keys() and self._deficit(recipe, other) > CLEAR

    def _deficit(self, recipe: str, other: str) -> float:
        """How much less often a recipe is right than another, in standard errors of the paired difference."""
        wins = int((self.right[other] & ~self.right[recipe]).sum())
        losses = int((self.right[recipe] & ~self.right[other]).sum())
        return (wins - losses) / np.sqrt(wins + losses) if wins + losses else 0.0

    def best(self, candidates: list[Candidate]) -> Candidate:
        """The candidate that is usually the best, or the most accurate one if that is better beyond noise."""
        tried = [each for each in candidates if each.recipe in self.right]
        few = len(self.truth) <= FEW
        most, usual = max(tried, key=lambda each: self.right[each.recipe].mean()), usually_best(tried, few=few)
        return most if self._deficit(usual.recipe, most.recipe) > (CLEAR if few else EQUAL) else usual

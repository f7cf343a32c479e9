"""Run the trials of a search, each through Trainer's own search backend."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import optuna
from transformers import Trainer, TrainerCallback, TrainingArguments, set_seed

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.callbacks.loss_watch import watch_loss
from hf_sentiment.training.callbacks.progress import tell_progress
from hf_sentiment.training.head import begin_at_shares
from hf_sentiment.training.search.report import describe_settings
from hf_sentiment.training.search.study import MEASURE, NAME, REASON, Study
from hf_sentiment.training.setup import RunSetup, adapt, count_trainable, prepare
from hf_sentiment.training.speedups.lower_layers import begin_above, keep_activations
from hf_sentiment.training.trainer import TRAINER_OPTIONS, chosen_by, encode_splits, make_trainer, training_arguments


def run_trials(study: Study, arguments: TrainArguments, say: Callable[[str], object]) -> None:
    """Run trials until none is left; several processes may do so at once.

    Args:
        study: begun already.
        arguments: resolved; what a trial does not set is the same for all.
        say: called with a line for each trial.
    """
    folder = Path(arguments.output_dir).expanduser()
    setup = prepare(arguments, "", _options(arguments, folder))
    encoded, activations = encode_splits(setup), None
    if arguments.upper_layers:
        probe = adapt(setup.classifier(), setup)
        activations = keep_activations(probe, setup, encoded, _options(arguments, folder))
    while study.open():
        _run_one(study, setup, encoded, activations, folder, say)


def _options(arguments: TrainArguments, folder: Path) -> TrainingArguments:
    options = training_arguments(arguments, folder)
    # A trial is judged and thrown away: its winner is trained again.
    return replace(options, save_strategy="no", load_best_model_at_end=False)


def _run_one(study: Study, setup: RunSetup, encoded: dict, activations, folder: Path, say) -> None:
    watch = _Watch()

    def model_init(trial):
        # Trainer makes a model as it is made itself, and one for the trial, before it asks for the trial's options.
        if trial is not None:
            if not study.takes(trial):
                raise optuna.TrialPruned
            watch.begin(trial, study.space.suggest(trial))
        chosen = replace(setup.arguments, **watch.settings)
        ours = replace(setup, arguments=chosen)
        model = adapt(ours.classifier(), ours)
        begin_at_shares(model, ours)
        if activations is not None:
            begin_above(model, chosen.upper_layers)
        # As in a single run, where Trainer seeds after the model is there: order and dropout come out the same.
        set_seed(chosen.seed)
        if trial is not None:
            trial.set_user_attr("parameters", sum(count_trainable(model).values()))
        return model

    options = _options(setup.arguments, folder)
    trainer = make_trainer(None, setup, encoded, options, activations=activations, model_init=model_init)
    tell_progress(trainer, _nothing)
    trainer.add_callback(watch)
    trainer.add_callback(watch_loss(setup, _nothing))
    trainer.train = watch.noting_why(trainer.train)
    try:
        _search_once(trainer, study, watch)
    except SentimentError as error:
        say(f"trial: {describe_settings(watch.settings)}: {error}")
        return
    except ValueError:
        # No trial of the study has a value yet, this one having had no place.
        if watch.trial is not None:
            raise
        return
    if watch.trial is not None:
        best, seconds = max(watch.history), watch.seconds()
        say(
            f"trial: {describe_settings(watch.settings)}: validation {watch.measure} {best:.1%} "
            f"after {len(watch.history)} epochs, {seconds:.0f} s"
        )


def _search_once(trainer: Trainer, study: Study, watch: "_Watch") -> None:
    def options_of(trial):
        return {TRAINER_OPTIONS[k]: value for k, value in watch.settings.items() if k in TRAINER_OPTIONS}

    trainer.hyperparameter_search(
        hp_space=options_of,
        # Trainer's objective would be the LAST evaluation; what is kept is the best.
        compute_objective=watch.best,
        n_trials=1,
        direction="maximize",
        backend="optuna",
        study_name=NAME,
        storage=study.storage,
        sampler=study.sampler(),
        # Epochs are no common measure across batch sizes, and the first of them say little: nothing is pruned.
        pruner=optuna.pruners.NopPruner(),
        load_if_exists=True,
    )


class _Watch(TrainerCallback):
    """Keeps what a trial gives, epoch by epoch, with the trial."""

    def __init__(self):
        self.trial: optuna.Trial | None = None
        self.settings: dict = {}
        self.history: list[float] = []
        self.measure = "accuracy"
        self.started = 0.0

    def begin(self, trial: optuna.Trial, settings: dict) -> None:
        """A trial takes these settings."""
        self.trial, self.settings = trial, settings
        self.started = time.monotonic()

    def noting_why(self, run: Callable) -> Callable:
        """The same function, whose failure is kept with the trial: once that is over, Optuna takes no more notes."""

        def train(**kwargs):
            try:
                return run(**kwargs)
            except SentimentError as error:
                self.trial.set_user_attr(REASON, str(error))
                raise

        return train

    def best(self, metrics: dict[str, float]) -> float:
        """The best up to now of what epochs are chosen by."""
        self.measure, value = chosen_by(metrics)
        self.history.append(value)
        self.trial.set_user_attr("history", self.history)
        self.trial.set_user_attr(MEASURE, self.measure)
        return max(self.history)

    def seconds(self) -> float:
        """Since the trial began."""
        return time.monotonic() - self.started

    def on_epoch_end(self, args, state, control, **kwargs):
        """Notes the time, and the speed over what was trained on."""
        rows = state.global_step * args.train_batch_size
        self.trial.set_user_attr("seconds", self.seconds())
        self.trial.set_user_attr("reviews_per_second", rows / self.seconds())


def _nothing(line: str) -> None:
    """Epochs of trials are in the table."""

"""Run the trials of a search, each as a plain training run without checkpoints."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

import optuna
from datasets import Dataset
from optuna.exceptions import UpdateFinishedTrialError
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments, set_seed

from hf_sentiment.errors import SentimentError
from hf_sentiment.reports.names import percent
from hf_sentiment.training.adapt import adapt, count_trainable
from hf_sentiment.training.callbacks.loss_watch import LossWatch
from hf_sentiment.training.callbacks.progress import show_progress
from hf_sentiment.training.encoding import encode_splits
from hf_sentiment.training.resolved import ResolvedArguments
from hf_sentiment.training.say import Say, say_nothing
from hf_sentiment.training.search.report import describe_settings
from hf_sentiment.training.search.study import MEASURE, Study
from hf_sentiment.training.selection import chosen_by, selection_metric
from hf_sentiment.training.setup import RunSetup, prepare
from hf_sentiment.training.speedups.activation_cache import Activations, cache_activations
from hf_sentiment.training.trainer import make_trainer
from hf_sentiment.training.trainer_options import training_arguments


def prepare_trials(arguments: ResolvedArguments) -> RunSetup:
    """What all trials of a search share.

    Raises:
        SentimentError: as in `prepare`.
    """
    return prepare(arguments, "", _trial_options(arguments))


def run_trials(study: Study, setup: RunSetup, say: Say) -> None:
    """Run trials until none is left; several processes may do so at once.

    Args:
        study: already begun.
        setup: of the search; each trial changes the options that it searches.
        say: called with a line for each trial.
    """
    arguments = setup.arguments
    encoded, activations = encode_splits(setup), None
    if arguments.lora.upper_layers:
        model = adapt(setup.classifier(), setup)
        activations = cache_activations(model, setup, encoded, _trial_options(arguments))
    while study.open():
        if (trial := study.ask()) is not None:
            _run_trial(study, trial, _Shared(setup, encoded, activations), say)


@dataclass
class _Shared:
    """What all trials train on."""

    setup: RunSetup
    encoded: dict[str, Dataset]
    activations: Activations | None


def _trial_options(arguments: ResolvedArguments) -> TrainingArguments:
    # A trial's model is not kept: the winner is trained again.
    return replace(training_arguments(arguments), save_strategy="no", load_best_model_at_end=False)


def _run_trial(study: Study, trial: optuna.Trial, shared: _Shared, say: Say) -> None:
    settings = study.space.suggest(trial)
    try:
        with study.alive(trial):
            history = _train(trial, settings, shared)
    except UpdateFinishedTrialError:
        # This process was stopped for a while, or lost the database.
        say(f"trial: {describe_settings(settings)}: given back meanwhile, and tried by another search")
        return
    except SentimentError as error:
        study.fail(trial, str(error))
        say(f"trial: {describe_settings(settings)}: {error}")
        return
    except BaseException:
        study.fail(trial)
        raise
    study.complete(trial, max(history.values))
    say(
        f"trial: {describe_settings(settings)}: validation {history.measure} {percent(max(history.values))} "
        f"after {len(history.values)} epochs, {history.seconds():.0f} s"
    )


def _train(trial: optuna.Trial, settings: dict[str, Any], shared: _Shared) -> "TrialHistory":
    """Train with some settings, with the same steps and draws as `train`."""
    arguments = shared.setup.arguments.with_options(**settings)
    setup = replace(shared.setup, arguments=arguments)
    set_seed(arguments.run.seed)
    model = adapt(setup.classifier(), setup)
    trial.set_user_attr("parameters", sum(count_trainable(model).values()))
    trainer = make_trainer(model, setup, shared.encoded, _trial_options(arguments), shared.activations)
    history = TrialHistory(trial, chosen_by(setup))
    # The epochs of a trial are in the table of trials.
    show_progress(trainer, say_nothing, history.chosen_by)
    trainer.add_callback(LossWatch.of_run(setup, trainer, say_nothing))
    trainer.add_callback(history)
    trainer.train()
    if not history.values:
        trainer.evaluate()
    # An accelerator may not have the memory for this model and the next trial's.
    trainer.accelerator.free_memory()
    return history


@dataclass
class TrialHistory(TrainerCallback):
    """Records a trial's evaluations in the study while it runs.

    Attributes:
        trial: to record in.
        chosen_by: the metric that selects the epoch.
        values: the selection metric of each evaluation; a trial's value is the best of them, not the last.
        measure: the display name of that metric.
        started: on the monotonic clock, in seconds.
    """

    trial: optuna.Trial
    chosen_by: str
    values: list[float] = field(default_factory=list)
    measure: str = "accuracy"
    started: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Since the trial began."""
        return time.monotonic() - self.started

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Records the metric, the time so far and the speed."""
        self.measure, value = selection_metric(kwargs["metrics"], self.chosen_by)
        self.values.append(value)
        seconds = self.seconds()
        for name, noted in (
            ("history", self.values),
            (MEASURE, self.measure),
            ("seconds", seconds),
            ("reviews_per_second", state.global_step * args.train_batch_size / seconds),
        ):
            self.trial.set_user_attr(name, noted)

"""train: from labelled reviews and a base to an adapter folder."""

import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from peft import PeftModel
from transformers import Trainer, TrainingArguments, set_seed

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.files.full_disk import explaining_full_disk
from hf_sentiment.hub import publish
from hf_sentiment.reports.names import percent
from hf_sentiment.reports.report import EvaluationReport
from hf_sentiment.reports.wording import about_adjustment
from hf_sentiment.reviews.dataset import texts_by_row
from hf_sentiment.training.adapt import adapt, count_trainable
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.auto import choose_recipe
from hf_sentiment.training.before import score_before
from hf_sentiment.training.callbacks.checkpoints import checkpoint_to_resume
from hf_sentiment.training.callbacks.loss_watch import LossWatch
from hf_sentiment.training.callbacks.progress import show_progress
from hf_sentiment.training.check_run import check_run
from hf_sentiment.training.device import bound_kernels
from hf_sentiment.training.encoding import encode_splits
from hf_sentiment.training.finish import FinishedRun
from hf_sentiment.training.output_folder import RESUME, claimed_folder
from hf_sentiment.training.recipe_files import AUTO
from hf_sentiment.training.say import Say, say_nothing
from hf_sentiment.training.selection import best_selection_metric, chosen_by
from hf_sentiment.training.setup import RunSetup, prepare
from hf_sentiment.training.speedups.activation_cache import cache_activations
from hf_sentiment.training.trainer import make_trainer
from hf_sentiment.training.trainer_options import training_arguments, with_schedule


@dataclass
class TrainResult:
    """The result of a run.

    Attributes:
        output_dir: the adapter folder.
        report: the evaluation on the test rows, before and after training; None on all processes but the main one.
        validation_accuracy: of the epoch that was kept; or its macro F1 or average precision, if that selected it.
        trainable: trained parameters by group.
        seconds: that training took, without the evaluation on the test rows.
    """

    output_dir: Path
    report: EvaluationReport | None
    validation_accuracy: float
    trainable: dict[str, int]
    seconds: float


def train(arguments: TrainArguments, say: Say = print) -> TrainResult:
    """Train an adapter, evaluate it before and after, and write its folder with its card.

    The epoch to keep and the end of training are chosen on validation rows. The test rows are scored once before
    training, see `hf_sentiment.training.before`, and once by the finished adapter, as it is loaded from its folder.

    Args:
        arguments: options; those that are None are taken from the recipe.
        say: called with each line of progress.

    Raises:
        SentimentError: a mistake in the options or the data, see `load_reviews`, `locate_base` and `lora_config`.
    """
    bound_kernels()
    resolved = arguments.resolved()
    options = training_arguments(resolved)
    main = options.process_index == 0
    if main:
        check_run(resolved)
    else:
        say = say_nothing
    setup = prepare(resolved, arguments.command(), options)
    _describe(setup, say)
    with claimed_folder(resolved.run) if main else nullcontext():
        if arguments.recipe == AUTO:
            setup = choose_recipe(setup, arguments, say, main=main)
            options = training_arguments(setup.arguments)
        return _train(setup, options, say)


def _train(setup: RunSetup, options: TrainingArguments, say: Say) -> TrainResult:
    resolved, main = setup.arguments, options.process_index == 0
    set_seed(resolved.run.seed)
    classifier = setup.classifier()
    before = score_before(classifier.model, setup, options.device, say) if main else None
    checkpoint = checkpoint_to_resume(options) if resolved.run.resume else None
    model = adapt(classifier, setup, say, resumed=checkpoint is not None)
    trainable = count_trainable(model)
    groups = ", ".join(f"{name} {count:,}" for name, count in trainable.items())
    # A recipe without a step of training has nothing to say about it.
    say_steps = say if resolved.schedule.trains else say_nothing
    say_steps(f"Training {sum(trainable.values()):,} of {model.num_parameters():,} parameters: {groups}")

    trainer = _set_up_trainer(model, setup, options, say_steps)
    seconds = _run(trainer, setup, checkpoint, say)
    name, best = best_selection_metric(trainer, chosen_by(setup))
    say_steps(f"Trained {trainer.state.global_step} steps in {seconds:.0f} s; best validation {name} {percent(best)}")

    report = None
    if before is not None:
        with explaining_full_disk(resolved.run.folder, RESUME):
            report = FinishedRun(setup, trainer, seconds).write(before)
        for line in about_adjustment(SentimentConfig.load(resolved.run.folder).provenance["training"]):
            say(line)
        say(f"\n{report.table(texts_by_row(setup.reviews.test))}\n\nAdapter: {resolved.run.folder}")
        if resolved.publish.push_to_hub:
            published = publish(resolved.run.folder, resolved.publish.push_to_hub, private=resolved.publish.private)
            say(f"Published: {published.url}")
    return TrainResult(resolved.run.folder, report, best, trainable, seconds)


def _describe(setup: RunSetup, say: Say) -> None:
    reviews, batch_size = setup.reviews, setup.arguments.schedule.batch_size
    say(f"Base: {setup.base}")
    say("Labelled reviews: " + ", ".join(f"{count} {name}" for name, count in reviews.rows.items()))
    for note in reviews.notes:
        say(f"  {note}")
    rejects = setup.arguments.data.rejects
    if rejects and Path(rejects).expanduser().exists():
        say(f"  The rows that were lost: {rejects}")
    if reviews.train_rows < batch_size:
        say(f"  {reviews.train_rows} reviews are fewer than one batch of {batch_size}: one step per epoch")


def _set_up_trainer(model: PeftModel, setup: RunSetup, options: TrainingArguments, say: Say) -> Trainer:
    options = with_schedule(options, setup)
    encoded = encode_splits(setup)
    activations = None
    if setup.arguments.lora.upper_layers:
        folder = setup.arguments.run.folder
        with options.main_process_first(desc="computing the lower layers"), explaining_full_disk(folder, RESUME):
            activations = cache_activations(model, setup, encoded, options)
    trainer = make_trainer(model, setup, encoded, options, activations)
    show_progress(trainer, say, chosen_by(setup))
    trainer.add_callback(LossWatch.of_run(setup, trainer, say))
    return trainer


def _run(trainer: Trainer, setup: RunSetup, checkpoint: str | None, say: Say) -> float:
    """Train, and return the seconds that took."""
    if not setup.arguments.schedule.trains:
        trainer.evaluate()
        return 0.0
    if checkpoint:
        say(f"Resuming from {Path(checkpoint).name}")
    started = time.monotonic()
    with explaining_full_disk(setup.arguments.run.folder, RESUME):
        trainer.train(resume_from_checkpoint=checkpoint)
    return time.monotonic() - started

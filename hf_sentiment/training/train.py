"""train: reviews and a base in, an adapter folder out."""

import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from datasets import Dataset
from peft import PeftModel
from safetensors import SafetensorError
from transformers import (
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
    set_seed,
)

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.folder import ADAPTER_CONFIG, find_adapter
from hf_sentiment.adapter.loading import save_adapter
from hf_sentiment.backends.torch import TorchBackend
from hf_sentiment.core.batching import encode, score_encoded
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.rendering import render_rows
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.evaluation import evaluate_adapter
from hf_sentiment.evaluation.choose_on_validation import choose_on_validation
from hf_sentiment.evaluation.evaluate import score_reviews
from hf_sentiment.hub import check_identifiers, write_card
from hf_sentiment.inference.pipeline import load
from hf_sentiment.metrics.baselines import word_scores
from hf_sentiment.metrics.predictions import predicted_labels, right_rows, true_labels
from hf_sentiment.reports.report import EvaluationReport
from hf_sentiment.reviews.fingerprints import read_training_rows, write_training_rows
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.callbacks.checkpoints import last_complete_checkpoint
from hf_sentiment.training.callbacks.loss_watch import watch_loss
from hf_sentiment.training.callbacks.progress import tell_progress
from hf_sentiment.training.head import begin_at_shares
from hf_sentiment.training.setup import RunSetup, adapt, count_trainable, device_name, prepare
from hf_sentiment.training.speedups.lower_layers import begin_above, keep_activations
from hf_sentiment.training.trainer import (
    CHECKPOINTS,
    best_so_far,
    encode_splits,
    fit_to_few,
    fit_to_stream,
    make_trainer,
    training_arguments,
)


@dataclass
class TrainResult:
    """What a run gave.

    Attributes:
        output_dir: the adapter folder.
        report: its numbers on the test rows, before and after; None on all processes but the first.
        validation_accuracy: of the checkpoint that was kept; where labels go together, its average precision.
        trainable: trained parameters by group.
        seconds: that training took, evaluation on the test rows left out.
    """

    output_dir: Path
    report: EvaluationReport | None
    validation_accuracy: float
    trainable: dict[str, int]
    seconds: float


def train(arguments: TrainArguments, say=print) -> TrainResult:
    """Train an adapter, evaluate it before and after, and write its folder with its card.

    Choices (which epoch, when to stop) are made on validation rows; the test rows are scored once with the untrained
    classifier and once with the finished adapter, as it is loaded back from its folder.

    Args:
        arguments: options; those left to the recipe are taken from it.
        say: called with each line of progress worth reading.

    Raises:
        SentimentError: something the user can mend, see `load_reviews`, `locate_base` and `lora_config`.
    """
    command = arguments.command() if arguments.dataset else ""
    arguments = arguments.resolved()
    # The card comes last; what it would refuse is said first.
    check_identifiers(arguments.license, arguments.language)
    folder = Path(arguments.output_dir).expanduser()
    options = training_arguments(arguments, folder)
    main = options.process_index == 0
    if not main:
        say = _say_nothing
    _claim(folder, arguments, main)
    setup = prepare(arguments, command, options)
    reviews, base, tokenizer, config = setup.reviews, setup.base, setup.tokenizer, setup.config
    say(f"Base: {base}")
    say("Labelled reviews: " + ", ".join(f"{count} {name}" for name, count in reviews.rows.items()))
    for note in reviews.notes:
        say(f"  {note}")
    set_seed(arguments.seed)
    fresh = setup.classifier()
    before = None
    if main:
        before = score_classifier(fresh.model, tokenizer, config, reviews.test)
        right = _accuracy(before, reviews.test, config)
        say(f"Accuracy before training: {right:.1%} of the {len(reviews.test)} test reviews")
    model = adapt(fresh, setup)
    begin_at_shares(model, setup)
    trainable = count_trainable(model)
    say(f"Training {sum(trainable.values()):,} of {model.num_parameters():,} parameters: {_listed(trainable)}")

    trainer = _set_up_trainer(model, setup, options, folder)
    tell_progress(trainer, say)
    trainer.add_callback(watch_loss(setup, say))
    checkpoint = last_complete_checkpoint(Path(options.output_dir)) if arguments.resume else None
    if checkpoint:
        say(f"Going on from {Path(checkpoint).name}")
    if reviews.train_rows < arguments.batch_size:
        say(f"  {reviews.train_rows} reviews are less than one batch of {arguments.batch_size}: one step an epoch")
    started = time.monotonic()
    with _writing_to(folder):
        trainer.train(resume_from_checkpoint=checkpoint)
    seconds = time.monotonic() - started
    measure, best = best_so_far(trainer)
    say(f"Trained {trainer.state.global_step} steps in {seconds:.0f} s; best validation {measure} {best:.1%}")
    report = None
    if main:
        report = _finish(folder, trainer, tokenizer, config, base, reviews, before, arguments, seconds)
        say(f"\n{report.table()}\n\nAdapter: {folder}")
        if arguments.push_to_hub:
            from hf_sentiment.hub import publish

            say(publish(folder, arguments.push_to_hub, private=arguments.private).url)
    return TrainResult(folder, report, best, trainable, seconds)


def _set_up_trainer(model: PeftModel, setup: RunSetup, options: TrainingArguments, folder: Path) -> Trainer:
    options = (fit_to_stream if setup.arguments.streaming else fit_to_few)(options, setup)
    encoded = encode_splits(setup)
    if not setup.arguments.upper_layers:
        return make_trainer(model, setup, encoded, options)
    with options.main_process_first(desc="computing the lower layers"), _writing_to(folder):
        activations = keep_activations(model, setup, encoded, options)
    begin_above(model, setup.arguments.upper_layers)
    return make_trainer(model, setup, encoded, options, activations=activations)


@contextmanager
def _writing_to(folder: Path):
    """Turn a full disk into a sentence; torch and safetensors have exceptions of their own for it."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "PytorchStreamWriter" not in str(error):
            raise
        raise SentimentError(
            f"A checkpoint could not be written to {folder} ({first_line(error)}). The last whole one is kept: "
            "make room, and go on with --resume."
        ) from error


def _finish(folder, trainer, tokenizer, config, base: Base, reviews, before, arguments, seconds) -> EvaluationReport:
    """Write the folder, choose on validation rows, then measure what was written, not what is in memory."""
    save_adapter(trainer.model, tokenizer, config, folder)
    classify = load(folder, base_model=base.path, dtype="float32", device=trainer.args.device)
    scored = score_reviews(classify, reviews.validation)
    config = choose_on_validation(scored, true_labels(reviews.validation["label"][:], config), config)
    config.provenance["training"] = {"seconds": round(seconds), "device": device_name(trainer.args.device)}
    config.save(folder)
    classify.adapter.config = config
    held = isinstance(reviews.train, Dataset)
    earlier = read_training_rows(find_adapter(arguments.init_adapter)) if arguments.init_adapter else frozenset()
    write_training_rows(folder, [*reviews.train["text"], *reviews.validation["text"]] if held else None, earlier)
    report = evaluate_adapter(
        classify,
        reviews.test,
        dataset_name=reviews.source,
        before=before,
        words=word_scores(reviews.train, reviews.test, config, reviews.validation) if held else None,
        texts=arguments.report_texts,
        splits=reviews.rows,
        notes=reviews.notes,
        output_dir=folder / "evaluation",
    )
    write_card(folder, license=arguments.license, language=arguments.language)
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
    return report


def score_classifier(
    model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase, config: SentimentConfig, data: Dataset
) -> np.ndarray:
    """Logits of a classifier as it is in memory, of shape (rows, labels)."""
    rows = encode(render_rows(data, config), tokenizer, config.max_length)
    return score_encoded(rows, tokenizer, TorchBackend(model.eval()).run)


def _claim(folder: Path, arguments: TrainArguments, main: bool) -> None:
    """Refuse an output folder that holds something, and make it."""
    if not main:
        return
    done = (folder / ADAPTER_CONFIG).exists()
    begun = folder.is_dir() and any(folder.iterdir())
    if done and not arguments.overwrite:
        raise SentimentError(f"{folder} already holds an adapter: give another --output-dir, or --overwrite.")
    if begun and not done and not (arguments.resume or arguments.overwrite):
        raise SentimentError(f"{folder} is not empty: give another --output-dir, --resume to go on, or --overwrite.")
    try:
        if begun and arguments.overwrite and not arguments.resume:
            shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
        (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SentimentError(f"{folder} cannot be written to ({error.strerror}): give another --output-dir.") from error


def _accuracy(logits: np.ndarray, data: Dataset, config: SentimentConfig) -> float:
    return float(right_rows(predicted_labels(logits, config), true_labels(data["label"][:], config)).mean())


def _listed(groups: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in groups.items())


def _say_nothing(line: str) -> None:
    """What the processes beside the first one say."""

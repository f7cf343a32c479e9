"""transformers' Trainer, set up for reviews: options, encoded rows, metrics."""

import math
import random
from dataclasses import replace
from pathlib import Path

import torch
from datasets import Dataset, IterableDataset
from sklearn.metrics import average_precision_score
from transformers import (
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
)

from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.rendering import render_rows
from hf_sentiment.metrics.metric import SentimentMetric
from hf_sentiment.metrics.predictions import one_hot, predicted_labels, probabilities
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.callbacks.checkpoints import MarkComplete
from hf_sentiment.training.callbacks.weight_average import WeightAverage
from hf_sentiment.training.setup import RunSetup, training_device
from hf_sentiment.training.speedups.lower_layers import Activations

CHECKPOINTS = "checkpoints"
# What the epoch to keep is chosen by: what `chosen_by` says and, of equal ones, the later. With 250 validation rows
# equal accuracies are common, and the later epoch is the better one: on 1,500 rows, 90.5, 87.0 and 88.1 % after two
# epochs of three runs were 92.1, 88.9 and 91.7 % after four.
CHOICE = "choice"
LATER = 1e-6
# Batches of a stream that are grouped by length together.
STRETCH = 64
# Options of ours that are Trainer's under another name, or the same one.
TRAINER_OPTIONS = {
    "learning_rate": "learning_rate",
    "lr_scheduler": "lr_scheduler_type",
    "warmup_ratio": "warmup_steps",
    "weight_decay": "weight_decay",
    "label_smoothing": "label_smoothing_factor",
    "batch_size": "per_device_train_batch_size",
    "epochs": "num_train_epochs",
    "max_steps": "max_steps",
    "seed": "seed",
}


def training_arguments(arguments: TrainArguments, folder: Path) -> TrainingArguments:
    """Trainer's own options for a run into `folder`."""
    device = training_device(arguments)
    # A stream has no sampler: it is grouped as it is encoded.
    by_length = arguments.group_by_length and not arguments.streaming
    return TrainingArguments(
        output_dir=str(folder / CHECKPOINTS),
        # Without it, several processes on a CPU each believe that they are alone, and train and write twice.
        use_cpu=device.type == "cpu",
        bf16=arguments.bf16 and has_bf16(device),
        **{theirs: getattr(arguments, ours) for ours, theirs in TRAINER_OPTIONS.items()},
        per_device_eval_batch_size=32,
        # Activations are found by a column that is no argument of the model.
        remove_unused_columns=not arguments.upper_layers,
        train_sampling_strategy="group_by_length" if by_length else "random",
        length_column_name="length",
        label_names=["labels"],
        **_evaluated(arguments.eval_steps),
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=CHOICE,
        logging_steps=10,
        # Trainer would leave a loss that is no number out of its log.
        logging_nan_inf_filter=False,
        dataloader_pin_memory=device.type != "cpu",
        # Every trained parameter takes part in every step.
        ddp_find_unused_parameters=False,
        report_to="none",
    )


def _evaluated(steps: int) -> dict:
    if not steps:
        return {"eval_strategy": "epoch", "save_strategy": "epoch"}
    return {"eval_strategy": "steps", "save_strategy": "steps", "eval_steps": steps, "save_steps": steps}


def fit_to_stream(options: TrainingArguments, setup: RunSetup) -> TrainingArguments:
    """Options for training rows that are a stream, whose passes are one epoch to Trainer: it counts steps."""
    a_pass = math.ceil(setup.reviews.train_rows / (options.train_batch_size * options.world_size))
    steps = options.max_steps if options.max_steps > 0 else a_pass * max(1, round(setup.arguments.epochs))
    return replace(options, max_steps=steps, **_evaluated(setup.arguments.eval_steps or min(a_pass, steps)))


def fit_to_few(options: TrainingArguments, setup: RunSetup) -> TrainingArguments:
    """Options for training rows so few that their epochs are fewer steps than `min_steps`: those, in as many parts."""
    an_epoch = math.ceil(setup.reviews.train_rows / (options.train_batch_size * options.world_size))
    wanted, epochs = setup.arguments.min_steps, setup.arguments.epochs
    if options.max_steps > 0 or an_epoch * epochs >= wanted:
        return options
    part = setup.arguments.eval_steps or math.ceil(wanted / epochs)
    # Whole parts: nothing is trained after the last evaluation.
    return replace(options, max_steps=part * math.ceil(wanted / part), **_evaluated(part))


def encode_splits(setup: RunSetup) -> dict[str, Dataset | IterableDataset]:
    """The tokenised training and validation rows, not padded.

    Returns:
        "train", in the order it was drawn in, and "validation", the longest first, so that evaluation's batches hold
        reviews of about one length.
    """
    train, validation = setup.reviews.train, _encode(setup.reviews.validation, setup.tokenizer, setup.config)
    return {
        "train": _encode_stream(setup) if setup.arguments.streaming else _encode(train, setup.tokenizer, setup.config),
        "validation": validation.sort("length", reverse=True),
    }


def make_trainer(
    model: torch.nn.Module | None,
    setup: RunSetup,
    encoded: dict[str, Dataset],
    options: TrainingArguments,
    *,
    activations: Activations | None = None,
    **kwargs,
) -> Trainer:
    """A Trainer that keeps the best epoch on the validation rows, going by `chosen_by`.

    Args:
        model: to train; None where `model_init` is among the others.
        setup: of the run.
        encoded: what `encode_splits` gives.
        options: what `training_arguments` gives.
        activations: for a model that begins above its lower layers: what these give.
        **kwargs: for Trainer.
    """
    if activations is not None:
        encoded = activations.encoded
    metric = SentimentMetric(config_name="multilabel" if setup.config.multi_label else "single", keep_in_memory=True)

    def compute_metrics(prediction):
        references = prediction.label_ids.astype(int)
        found = metric.compute(
            predictions=predicted_labels(prediction.predictions, setup.config), references=references
        )
        if setup.config.multi_label:
            scores = probabilities(prediction.predictions, setup.config)
            found["average_precision"] = float(average_precision_score(references, scores, average="micro"))
        return found | {CHOICE: chosen_by(found, "")[1] + LATER * (trainer.state.epoch or 0)}

    averaging = [WeightAverage(setup.arguments.ema_decay)] if setup.arguments.ema_decay else []
    trainer = Trainer(
        model=model,
        args=options,
        train_dataset=encoded["train"],
        eval_dataset=encoded["validation"],
        processing_class=setup.tokenizer,
        data_collator=activations or DataCollatorWithPadding(setup.tokenizer),
        compute_metrics=compute_metrics,
        # An epoch that is only later is no better one.
        callbacks=[EarlyStoppingCallback(setup.arguments.patience, 100 * LATER), *averaging, MarkComplete()],
        **kwargs,
    )
    return trainer


def chosen_by(metrics: dict[str, float], prefix: str = "eval_") -> tuple[str, float]:
    """What an epoch is chosen by, its name and its value: accuracy or, where labels go together, average precision.

    Average precision, over all labels together, needs no threshold; those are chosen only once the epoch is. At 0.5 no
    row of many rare labels is all right for some epochs, and patience would be at an end before the first is.
    """
    name = "average_precision" if f"{prefix}average_precision" in metrics else "accuracy"
    return name.replace("_", " "), metrics[prefix + name]


def best_so_far(trainer: Trainer) -> tuple[str, float]:
    """What the epochs are chosen by, and the best of it up to now."""
    found = [chosen_by(entry) for entry in trainer.state.log_history if "eval_accuracy" in entry]
    return max(found, key=lambda each: each[1], default=("accuracy", 0.0))


def _encode(data: Dataset, tokenizer: PreTrainedTokenizerBase, config: SentimentConfig) -> Dataset:
    # Nothing of it is worth a cache on disk, whose fingerprint would have to hash the tokenizer.
    return Dataset.from_dict(_encoded(data[:], tokenizer, config))


def _encoded(rows: dict[str, list], tokenizer: PreTrainedTokenizerBase, config: SentimentConfig) -> dict[str, list]:
    encoded = dict(tokenizer(render_rows(rows, config), truncation=True, max_length=config.max_length))
    encoded["length"] = [len(ids) for ids in encoded["input_ids"]]
    encoded["labels"] = rows["label"]
    if config.multi_label:
        # Binary cross-entropy, for reviews with several labels, takes floats.
        encoded["labels"] = one_hot(encoded["labels"], len(config.labels)).astype(float).tolist()
    return encoded


def _encode_stream(setup: RunSetup) -> IterableDataset:
    """The training rows, encoded as they are read; in each stretch of them those of about one length stand together."""
    size = setup.arguments.batch_size

    def encode(rows: dict[str, list], indices: list[int]) -> dict[str, list]:
        encoded = _encoded(rows, setup.tokenizer, setup.config)
        if not setup.arguments.group_by_length:
            return encoded
        order = sorted(range(len(indices)), key=encoded["length"].__getitem__)
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        # By its place in the stream, so that a run that goes on draws as an unbroken one; the last may be a part.
        whole, rest = batches[: len(order) // size], batches[len(order) // size :]
        random.Random(f"{setup.arguments.seed} {indices[0]}").shuffle(whole)
        order = [index for batch in whole + rest for index in batch]
        return {name: [values[index] for index in order] for name, values in encoded.items()}

    return setup.reviews.train.map(
        encode,
        batched=True,
        batch_size=STRETCH * size,
        with_indices=True,
        remove_columns=["title", "text", "label"],
    )

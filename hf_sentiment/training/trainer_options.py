"""Trainer's own options for a run: the optimizer, the schedule, evaluation and checkpoints."""

import math
from dataclasses import replace
from typing import Any

from transformers import TrainingArguments

from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.training.device import training_device
from hf_sentiment.training.output_folder import CHECKPOINTS
from hf_sentiment.training.resolved import ResolvedArguments
from hf_sentiment.training.setup import RunSetup

# The metric that selects the epoch to keep, see `hf_sentiment.training.trainer`.
SELECTION = "selection"


def training_arguments(arguments: ResolvedArguments) -> TrainingArguments:
    """Trainer's options for a run, before `with_schedule`."""
    optimizer, schedule, run = arguments.optimizer, arguments.schedule, arguments.run
    device = training_device(run.use_cpu)
    # A stream has no sampler: its rows are grouped by length while they are encoded.
    by_length = schedule.group_by_length and not arguments.data.streaming
    return TrainingArguments(
        output_dir=str(run.folder / CHECKPOINTS),
        # Without it, each of several processes on a CPU would believe that it is the only one, and train and write.
        use_cpu=device.type == "cpu",
        bf16=run.bf16 and has_bf16(device),
        seed=run.seed,
        learning_rate=optimizer.learning_rate,
        lr_scheduler_type=optimizer.lr_scheduler,
        # Below 1, Trainer reads it as a share of all steps.
        warmup_steps=optimizer.warmup_ratio,
        weight_decay=optimizer.weight_decay,
        per_device_train_batch_size=schedule.batch_size,
        num_train_epochs=schedule.epochs,
        max_steps=schedule.max_steps,
        per_device_eval_batch_size=32,
        # Cached activations are looked up by a column that is not an argument of the model.
        remove_unused_columns=not arguments.lora.upper_layers,
        train_sampling_strategy="group_by_length" if by_length else "random",
        length_column_name="length",
        label_names=["labels"],
        **_evaluation_every(schedule.eval_steps),
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=SELECTION,
        logging_steps=10,
        # Without it, Trainer would leave a NaN loss out of its log.
        logging_nan_inf_filter=False,
        dataloader_pin_memory=device.type != "cpu",
        # Otherwise the main process would read a stream for all, and join batches of different lengths.
        accelerator_config={"dispatch_batches": False},
        # Every trained parameter takes part in every step.
        ddp_find_unused_parameters=False,
        report_to="none",
    )


def with_schedule(options: TrainingArguments, setup: RunSetup) -> TrainingArguments:
    """The options with the run's number of steps, which depends on its number of training rows."""
    return (_stream_schedule if setup.arguments.data.streaming else _min_steps_schedule)(options, setup)


def _stream_schedule(options: TrainingArguments, setup: RunSetup) -> TrainingArguments:
    # All passes over a stream are one epoch to Trainer, so count steps instead.
    schedule, epoch = setup.arguments.schedule, _steps(options, setup.reviews.train_rows)
    steps = options.max_steps
    if steps <= 0:
        # Not the steps of an epoch for each: the passes follow each other within a step.
        steps = _steps(options, setup.reviews.train_rows * max(1, round(schedule.epochs)))
    return replace(options, max_steps=steps, **_evaluation_every(schedule.eval_steps or min(epoch, steps)))


def _min_steps_schedule(options: TrainingArguments, setup: RunSetup) -> TrainingArguments:
    # If the epochs of few rows have fewer steps than `min_steps`, train that many, with as many evaluations as epochs.
    schedule = setup.arguments.schedule
    if options.max_steps > 0 or _steps(options, setup.reviews.train_rows) * schedule.epochs >= schedule.min_steps:
        return options
    interval = schedule.eval_steps or math.ceil(schedule.min_steps / schedule.epochs)
    # Round up to whole intervals: steps after the last evaluation would be lost.
    steps = interval * math.ceil(schedule.min_steps / interval)
    return replace(options, max_steps=steps, **_evaluation_every(interval))


def _steps(options: TrainingArguments, rows: int) -> int:
    return math.ceil(rows / (options.train_batch_size * options.world_size))


def _evaluation_every(steps: int) -> dict[str, Any]:
    if not steps:
        return {"eval_strategy": "epoch", "save_strategy": "epoch"}
    return {"eval_strategy": "steps", "save_strategy": "steps", "eval_steps": steps, "save_steps": steps}

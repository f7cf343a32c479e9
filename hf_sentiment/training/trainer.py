"""transformers' Trainer, set up to keep the best epoch on the validation rows."""

from datasets import Dataset, IterableDataset
from peft import PeftModel
from torch.utils.data import Dataset as Rows
from transformers import (
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from hf_sentiment.backends.layer_inputs import LENGTH_STEP
from hf_sentiment.training.callbacks.checkpoints import MarkComplete
from hf_sentiment.training.callbacks.weight_average import WeightAverage
from hf_sentiment.training.filling import FilledStream, with_filling
from hf_sentiment.training.review_loss import ReviewLoss
from hf_sentiment.training.review_trainer import ReviewTrainer
from hf_sentiment.training.selection import TIE_BREAK, ValidationMetric, chosen_by
from hf_sentiment.training.setup import RunSetup
from hf_sentiment.training.speedups.activation_cache import Activations
from hf_sentiment.training.speedups.lower_layers import classifier_of, layers_below, skip_lower_layers


def make_trainer(
    model: PeftModel,
    setup: RunSetup,
    encoded: dict[str, Dataset],
    options: TrainingArguments,
    activations: Activations | None = None,
) -> Trainer:
    """A Trainer that keeps the best epoch on the validation rows, by the metric of `chosen_by`.

    Args:
        model: to train.
        setup: the setup of the run.
        encoded: what `encode_splits` returns.
        options: what `training_arguments` returns.
        activations: of the lower layers, which the model then skips; None to train on tokens.
    """
    if activations is not None:
        base = classifier_of(model)
        skip_lower_layers(base, layers_below(base, setup.arguments.lora.upper_layers))
        encoded = activations.encoded
    metric = ValidationMetric(setup.config, chosen_by(setup))
    train, filled = _training_rows(encoded["train"], options)
    trainer = ReviewTrainer(
        filled=filled,
        model=model,
        args=options,
        train_dataset=train,
        eval_dataset=encoded["validation"],
        processing_class=setup.tokenizer,
        data_collator=activations or DataCollatorWithPadding(setup.tokenizer, pad_to_multiple_of=_length_step(setup)),
        compute_loss_func=ReviewLoss(setup.config.multi_label, setup.arguments.optimizer.label_smoothing),
        compute_metrics=metric,
        callbacks=_callbacks(setup),
    )
    metric.trainer = trainer
    return trainer


def _training_rows(rows: Dataset | IterableDataset, options: TrainingArguments) -> tuple[Rows, bool]:
    """The rows as Trainer takes them, and whether the last one is for filling."""
    if isinstance(rows, IterableDataset):
        return FilledStream(rows, options.train_batch_size * options.world_size if options.world_size > 1 else 1), False
    return (with_filling(rows), True) if options.world_size > 1 else (rows, False)


def _length_step(setup: RunSetup) -> int | None:
    """Tokens to whose multiples batches are padded; None where that could exceed the window."""
    return LENGTH_STEP if setup.config.max_length % LENGTH_STEP == 0 else None


def _callbacks(setup: RunSetup) -> list[TrainerCallback]:
    # The early-stopping threshold ignores the tie-break toward later epochs.
    callbacks: list[TrainerCallback] = [EarlyStoppingCallback(setup.arguments.schedule.patience, 100 * TIE_BREAK)]
    if setup.arguments.optimizer.ema_decay:
        callbacks.append(WeightAverage(setup.arguments.optimizer.ema_decay))
    # Last: it marks what the others have written.
    return [*callbacks, MarkComplete()]

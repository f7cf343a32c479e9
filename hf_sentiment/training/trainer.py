"""transformers' Trainer, set up for reviews: options, encoded rows, metrics."""

from pathlib import Path

import torch
from datasets import Dataset
from transformers import (
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
)

from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.config import SentimentConfig
from hf_sentiment.evaluation import SentimentMetric
from hf_sentiment.evaluation.report import one_hot, predicted_labels
from hf_sentiment.reviews import Reviews, rendered
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.checkpoints import MarkComplete

CHECKPOINTS = "checkpoints"


def training_arguments(arguments: TrainArguments, folder: Path) -> TrainingArguments:
    """Trainer's own options for a run into `folder`."""
    use_cpu = arguments.use_cpu or not torch.accelerator.is_available()
    return TrainingArguments(
        output_dir=str(folder / CHECKPOINTS),
        # Without it, several processes on a CPU each believe that they are alone, and train and write twice.
        use_cpu=use_cpu,
        bf16=arguments.bf16 and has_bf16(None if use_cpu else torch.accelerator.current_accelerator()),
        learning_rate=arguments.learning_rate,
        lr_scheduler_type=arguments.lr_scheduler,
        warmup_steps=arguments.warmup_ratio,
        weight_decay=arguments.weight_decay,
        label_smoothing_factor=arguments.label_smoothing,
        per_device_train_batch_size=arguments.batch_size,
        per_device_eval_batch_size=32,
        num_train_epochs=arguments.epochs,
        max_steps=arguments.max_steps,
        train_sampling_strategy="group_by_length" if arguments.group_by_length else "random",
        length_column_name="length",
        label_names=["labels"],
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="accuracy",
        logging_steps=10,
        dataloader_pin_memory=not use_cpu,
        # Every trained parameter takes part in every step.
        ddp_find_unused_parameters=False,
        seed=arguments.seed,
        report_to="none",
    )


def make_trainer(model, tokenizer, config, reviews: Reviews, options: TrainingArguments, arguments) -> Trainer:
    """A Trainer that keeps the epoch with the best validation accuracy."""
    metric = SentimentMetric(config_name="multilabel" if config.multi_label else "single", keep_in_memory=True)

    def compute_metrics(prediction):
        references = prediction.label_ids.astype(int)
        return metric.compute(predictions=predicted_labels(prediction.predictions, config), references=references)

    # Sorted, so that evaluation's batches hold reviews of about one length.
    validation = _encode(reviews.validation, tokenizer, config).sort("length", reverse=True)
    return Trainer(
        model=model,
        args=options,
        train_dataset=_encode(reviews.train, tokenizer, config),
        eval_dataset=validation,
        processing_class=tokenizer,
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=compute_metrics,
        callbacks=[EarlyStoppingCallback(arguments.patience), MarkComplete()],
    )


def _encode(data: Dataset, tokenizer: PreTrainedTokenizerBase, config: SentimentConfig) -> Dataset:
    encoded = dict(tokenizer(rendered(data, config), truncation=True, max_length=config.max_length))
    encoded["length"] = [len(ids) for ids in encoded["input_ids"]]
    encoded["labels"] = data["label"][:]
    if config.multi_label:
        # Binary cross-entropy, for reviews with several labels, takes floats.
        encoded["labels"] = one_hot(encoded["labels"], len(config.labels)).astype(float).tolist()
    # Nothing of it is worth a cache on disk, whose fingerprint would have to hash the tokenizer.
    return Dataset.from_dict(encoded)

"""RunSetup: the reviews, base, tokenizer and config of a run, and its untrained classifier."""

import importlib.metadata
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase, TrainingArguments

from hf_sentiment.adapter.base_model import Base, locate_base
from hf_sentiment.adapter.classifier import NewClassifier, load_classifier
from hf_sentiment.adapter.foreign import window_of
from hf_sentiment.adapter.last_layer import compute_first_token_only
from hf_sentiment.adapter.tokenizer import text_encoder
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.text_encoder import TextEncoder
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.dataset import Reviews, load_reviews
from hf_sentiment.reviews.sources import source_name
from hf_sentiment.reviews.streaming import stream_reviews
from hf_sentiment.training.arguments import FILES, TrainArguments, without_path
from hf_sentiment.training.check_run import data_options
from hf_sentiment.training.resolved import BaseArguments, ResolvedArguments
from hf_sentiment.training.starting_adapter import describe_start

PACKAGES = ("hf-sentiment", "transformers", "peft", "accelerate", "datasets", "torch")
# Options that say nothing about how the adapter was trained; its config names the base elsewhere.
NOT_IN_PROVENANCE = {"output_dir", "overwrite", "resume", "push_to_hub", "private", "base_model", "rejects"}


class OutOfFold(NamedTuple):
    """Training rows as models scored them that were trained without them.

    Attributes:
        logits: of shape (rows, labels).
        truth: as `true_labels` returns it.
    """

    logits: np.ndarray
    truth: np.ndarray


@dataclass
class RunSetup:
    """What a run trains on; all trials of a search share one.

    Attributes:
        arguments: the options of the run.
        reviews: training, validation and test rows.
        base: where the base encoder is.
        tokenizer: the base's, with the run's window.
        config: what the adapter folder will say about the adapter.
        out_of_fold: rows for calibration beside the validation rows, if the recipe was cross-validated on few rows.
    """

    arguments: ResolvedArguments
    reviews: Reviews
    base: Base
    tokenizer: PreTrainedTokenizerBase
    config: SentimentConfig
    out_of_fold: OutOfFold | None = None

    @cached_property
    def encoder(self) -> TextEncoder:
        """The tokenizer as the core uses it."""
        return text_encoder(self.tokenizer)

    def classifier(self) -> NewClassifier:
        """The untrained classifier; torch's global generator initializes its new modules."""
        base = self.arguments.base
        classifier = load_classifier(self.base, self.config, trust_remote_code=base.trust_remote_code)
        compute_first_token_only(classifier.model)
        if base.dropout is not None:
            for module in classifier.model.modules():
                if isinstance(module, torch.nn.Dropout):
                    module.p = base.dropout
        return classifier


def prepare(arguments: ResolvedArguments, command: str, options: TrainingArguments) -> RunSetup:
    """Read the reviews and locate the base.

    Args:
        arguments: the options of the run.
        command: the command that trains the same adapter again, for the adapter's provenance.
        options: Trainer's; the main process fills the dataset and model caches while the others wait.

    Raises:
        SentimentError: see `load_reviews` and `locate_base`.
    """
    with options.main_process_first(desc="reading reviews"):
        reviews = _load_reviews(arguments, main=options.process_index == 0)
        base = _locate_base(arguments.base)
    tokenizer = _load_tokenizer(base, arguments.base)
    config = _sentiment_config(arguments, reviews, base, command)
    tokenizer.model_max_length = config.max_length
    return RunSetup(arguments, reviews, base, tokenizer, config)


def for_arguments(setup: RunSetup, arguments: TrainArguments) -> RunSetup:
    """The setup with other options for the same reviews and the same base."""
    resolved = arguments.resolved()
    config = _sentiment_config(resolved, setup.reviews, setup.base, arguments.command())
    setup.tokenizer.model_max_length = config.max_length
    return RunSetup(resolved, setup.reviews, setup.base, setup.tokenizer, config)


def _load_reviews(arguments: ResolvedArguments, main: bool) -> Reviews:
    options = data_options(arguments)
    if not main:
        # One process writes the file of lost rows.
        options = replace(options, rejects=None)
    if arguments.data.streaming:
        return stream_reviews(options, epochs=arguments.schedule.epochs)
    return load_reviews(options)


def _locate_base(base: BaseArguments) -> Base:
    if Path(base.model).expanduser().is_dir() and not base.hub_id:
        raise SentimentError(
            f"The base {base.model} is a local folder, which an adapter must not name: give --base-model-id, the Hub "
            "id from which others load the same base."
        )
    return locate_base(base.model, base.revision, hub_id=base.hub_id, trust_remote_code=base.trust_remote_code)


def _load_tokenizer(base: Base, arguments: BaseArguments) -> PreTrainedTokenizerBase:
    try:
        return AutoTokenizer.from_pretrained(base.path, trust_remote_code=arguments.trust_remote_code)
    except (OSError, ValueError) as error:
        raise SentimentError(f"The base {base.id} has no tokenizer that transformers can read.") from error


def _sentiment_config(arguments: ResolvedArguments, reviews: Reviews, base: Base, command: str) -> SentimentConfig:
    init_adapter = arguments.lora.init_adapter
    start = describe_start(init_adapter, reviews.labels, reviews.problem_type) if init_adapter else None
    return SentimentConfig(
        labels=reviews.labels,
        problem_type=reviews.problem_type,
        max_length=min(arguments.base.max_length, window_of(base)),
        base=base.record(),
        versions={name: importlib.metadata.version(name) for name in PACKAGES},
        provenance={
            "dataset": reviews.source,
            "rows": reviews.rows,
            "test_rows_drawn": reviews.test_rows_drawn,
            "notes": reviews.notes,
            **({"starting_adapter": start} if start else {}),
            "arguments": _public_arguments(arguments) | {"dataset": reviews.source},
            "command": command,
        },
    )


def _public_arguments(arguments: ResolvedArguments) -> dict[str, Any]:
    """The options that an adapter records, by their flat names and without any local path."""
    values = arguments.flat() | {"recipe": Path(arguments.run.recipe).name}
    if arguments.lora.init_adapter:
        values["init_adapter"] = without_path(arguments.lora.init_adapter)
    for name in FILES:
        values[name] = values[name] and source_name(values[name])
    names = [each.name for each in fields(TrainArguments) if each.name not in NOT_IN_PROVENANCE]
    return {name: values[name] for name in names if values[name] is not None}

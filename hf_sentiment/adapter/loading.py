"""Load ONE adapter, whole or not at all, and merge it into its base."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_sentiment.adapter import foreign
from hf_sentiment.adapter.attaching import attach_adapter
from hf_sentiment.adapter.base_model import Base, locate_base
from hf_sentiment.adapter.classifier import load_classifier, read_config
from hf_sentiment.adapter.digest import adapter_digest
from hf_sentiment.adapter.tokenizer import load_tokenizer, text_encoder
from hf_sentiment.adapter.weights import AdapterWeights, read_weights
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.core.text_encoder import TextEncoder
from hf_sentiment.errors import SentimentError


@dataclass
class LoadedAdapter:
    """An adapter as it was trained, on its base.

    Attributes:
        model: the PeftModel, in float32 and evaluation mode.
        tokenizer: as used in training.
        config: labels, template, window, calibration.
        base: where the base came from.
        folder: the local folder the adapter was read from.
        digest: of the files that were loaded, see `adapter_digest`.
        merged: the stock classifier, after `merge` was called.
    """

    model: PeftModel
    tokenizer: PreTrainedTokenizerBase
    config: SentimentConfig
    base: Base
    folder: Path
    digest: str
    merged: PreTrainedModel | None = None

    def merge(self) -> PreTrainedModel:
        """The stock classifier with the LoRA weights added to the base's; this consumes the PeftModel."""
        if self.merged is None:
            self.merged = self.model.merge_and_unload()
        return self.merged

    @cached_property
    def encoder(self) -> TextEncoder:
        """The tokenizer as the core uses it."""
        return text_encoder(self.tokenizer)


def load_adapter(
    folder: str | Path,
    *,
    base_model: str | None = None,
    labels: list[str] | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
) -> LoadedAdapter:
    """Load an adapter folder with everything it was trained with, and nothing random.

    Args:
        folder: the adapter folder.
        base_model: a folder or Hub id to take the base from, instead of the one that the adapter names.
        labels: names for the head's outputs, instead of the adapter's own; for adapters without label names.
        token: for a private base.
        local_files_only: do not ask the Hub for the base.
        trust_remote_code: allow a base that brings its own Python code.

    Raises:
        SentimentError: a file is missing or damaged, the base does not fit, or any weight would be left random.
    """
    weights = read_weights(folder)
    base = locate_base_of(
        weights,
        base_model,
        token=token,
        local_files_only=local_files_only,
        trust_remote_code=trust_remote_code,
    )
    tokenizer, config = describe_adapter(weights, base, labels=labels, trust_remote_code=trust_remote_code)
    classifier = load_classifier(base, config, trust_remote_code=trust_remote_code)
    model = attach_adapter(weights, classifier, base)
    return LoadedAdapter(model.eval(), tokenizer, config, base, weights.folder, adapter_digest(weights.folder))


def locate_base_of(weights: AdapterWeights, base_model: str | None = None, **options: Any) -> Base:
    """Find the base that an adapter names, or the one given instead; options as in `locate_base`."""
    revision = None if base_model else weights.config.revision
    return locate_base(base_model or weights.base_name, revision, hub_id=weights.base_name, **options)


def describe_adapter(
    weights: AdapterWeights, base: Base, *, labels: list[str] | None = None, trust_remote_code: bool = False
) -> tuple[PreTrainedTokenizerBase, SentimentConfig]:
    """An adapter's tokenizer and SentimentConfig; the latter is inferred from the weights if it is missing.

    Raises:
        SentimentError: they cannot be read, the labels do not cover the head, or the base knows fewer tokens or reads
            shorter windows.
    """
    tokenizer = load_tokenizer(weights.folder, base, trust_remote_code=trust_remote_code)
    rows = foreign.head_rows(base, weights.state, trust_remote_code)
    config = _sentiment_config(weights.folder, rows, tokenizer, base, labels)
    _check_fit(weights.folder, tokenizer, config, base, trust_remote_code)
    tokenizer.model_max_length = config.max_length
    return tokenizer, config


def _sentiment_config(
    folder: Path, rows: int | None, tokenizer: PreTrainedTokenizerBase, base: Base, labels: list[str] | None
) -> SentimentConfig:
    if (folder / FILE_NAME).is_file():
        config = SentimentConfig.load(folder)
    else:
        config = foreign.infer_config(folder, rows, tokenizer, base, named=labels is not None)
    if labels is not None:
        config = replace(config, labels=list(labels), thresholds=None)
    if rows is not None and rows != len(config.labels):
        source = "labels=" if labels is not None else str(folder / FILE_NAME)
        raise SentimentError(
            f"{source} names {len(config.labels)} labels ({', '.join(config.labels)}), but the adapter's head has "
            f"{rows} outputs; name each of them once, in the head's order."
        )
    return config


def _check_fit(
    folder: Path, tokenizer: PreTrainedTokenizerBase, config: SentimentConfig, base: Base, trust_remote_code: bool
) -> None:
    """Refuse token ids and positions that the base has no embedding for: torch would stop in the middle of a batch."""
    known = getattr(read_config(base, trust_remote_code=trust_remote_code), "vocab_size", None)
    if isinstance(known, int) and tokenizer.vocab_size > known:
        raise SentimentError(
            f"The tokenizer of {folder.name} has {tokenizer.vocab_size:,} tokens, and the base {base.id} knows "
            f"{known:,}: give the base it was trained on."
        )
    window = foreign.window_of(base)
    if config.max_length > window:
        raise SentimentError(
            f"{folder / FILE_NAME}: max_length is {config.max_length:,}, and the base {base.id} reads {window:,} "
            "tokens at most: give the base it was trained on, or lower max_length."
        )

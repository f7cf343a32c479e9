"""Adapters made with other tools: what their files do not say is inferred from their weights."""

import warnings
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerBase

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.classifier import read_config
from hf_sentiment.core.config import SentimentConfig

# Tokenizers without a length limit report a number of at least this size.
NO_LIMIT = 1_000_000


def head_parameters(base: Base, trust_remote_code: bool = False) -> list[str]:
    """Names of the parameters with one row per label, for any architecture.

    Their shape changes with the number of labels.
    """
    shapes = []
    for labels in (7, 11):
        config = read_config(base, trust_remote_code=trust_remote_code)
        config.num_labels = labels
        with torch.device("meta"):
            model = AutoModelForSequenceClassification.from_config(config, trust_remote_code=trust_remote_code)
        shapes.append({name: parameter.shape for name, parameter in model.named_parameters()})
    return [name for name in shapes[0] if shapes[0][name] != shapes[1][name]]


def head_rows(base: Base, state: dict[str, torch.Tensor], trust_remote_code: bool = False) -> int | None:
    """Number of labels of the head in an adapter's weights; None if the weights have no head.

    Args:
        base: the base encoder.
        state: the adapter's weights.
        trust_remote_code: allow a base that brings its own code.
    """
    for name in head_parameters(base, trust_remote_code):
        if (key := f"base_model.model.{name}") in state:
            return state[key].shape[0]
    return None


def infer_config(
    folder: Path, rows: int | None, tokenizer: PreTrainedTokenizerBase, base: Base, named: bool
) -> SentimentConfig:
    """A SentimentConfig for an adapter without one: LABEL_i names, plain text, the tokenizer's or the model's window.

    Warns once, saying how to name the labels, unless the caller has `named` them.
    """
    labels = [f"LABEL_{index}" for index in range(rows or 2)]
    if not named:
        warnings.warn(
            f"{folder.name} has no sentiment_config.json: its labels are named {labels[0]} ... {labels[-1]}. "
            'Name them with hf_sentiment.load(adapter, labels=["...", ...]).',
            stacklevel=2,
        )
    limit = tokenizer.model_max_length
    if limit is None or limit > NO_LIMIT:
        limit = window_of(base)
    return SentimentConfig(labels=labels, max_length=min(limit, window_of(base)), base=base.record())


def window_of(base: Base) -> int:
    """How many tokens the base can read at once; 512 if its config does not say."""
    config = read_config(base)
    # XLNet, whose positions are relative, has -1 here.
    positions = max(getattr(config, "max_position_embeddings", None) or 0, 0) or 512
    # RoBERTa and similar models count positions from the padding index on, and lose that many.
    offset = (config.pad_token_id or 0) + 1 if config.model_type in OFFSET_POSITIONS else 0
    return positions - offset


OFFSET_POSITIONS = {"roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl", "longformer", "data2vec-text"}

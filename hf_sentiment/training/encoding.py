"""Tokenize the rows of a run."""

import random
from typing import Any

from datasets import Dataset, IterableDataset

from hf_sentiment.core.rendering import render_rows
from hf_sentiment.core.text_encoder import TextEncoder, encode_truncated
from hf_sentiment.metrics.predictions import one_hot
from hf_sentiment.training.processes import number_of_processes
from hf_sentiment.training.setup import RunSetup

# How many batches of a stream are grouped by length together.
BATCHES_PER_GROUP = 64


def encode_splits(setup: RunSetup) -> dict[str, Dataset]:
    """The tokenized training and validation rows, without padding.

    Returns:
        "train", in the order of the rows (an IterableDataset for a stream), and "validation", the longest first, so
        that evaluation batches hold reviews of similar length.
    """
    reviews = setup.reviews
    train = _encode_stream(setup) if isinstance(reviews.train, IterableDataset) else _encode(reviews.train, setup)
    validation = _encode(reviews.validation, setup)
    return {"train": train, "validation": validation.sort("length", reverse=True)}


def _encode(data: Dataset, setup: RunSetup) -> Dataset:
    # Not with `map`: its cache on disk is not worth it, and its fingerprint would have to hash the tokenizer.
    return Dataset.from_dict(_encode_rows(data[:], setup))


def _encode_rows(rows: dict[str, list[Any]], setup: RunSetup) -> dict[str, list[Any]]:
    config = setup.config
    encoded = encode_texts(setup.encoder, render_rows(rows, config), config.max_length)
    encoded["labels"] = rows["label"]
    if config.multi_label:
        # Binary cross-entropy takes floats.
        encoded["labels"] = one_hot(encoded["labels"], len(config.labels)).astype(float).tolist()
    return encoded


def encode_texts(encoder: TextEncoder, texts: list[str], max_length: int) -> dict[str, list[Any]]:
    """Columns of the model's inputs, without padding, and of their length in tokens.

    Args:
        encoder: the tokenizer.
        texts: rendered reviews.
        max_length: tokens of a text that are read, special tokens included.
    """
    layout = encoder.layout
    tokens = encode_truncated(encoder, texts, max_length)
    inputs = [layout.model_inputs(each) for each in tokens]
    encoded: dict[str, list[Any]] = {name: [row[name] for row in inputs] for name in layout.format.names}
    return encoded | {"length": [len(each) + layout.special_tokens for each in tokens]}


def _encode_stream(setup: RunSetup) -> IterableDataset:
    """The training rows, encoded as they are read; within a group of batches, each step has one length."""
    size = setup.arguments.schedule.batch_size * number_of_processes()
    seed = setup.arguments.run.seed

    def encode(rows: dict[str, list[Any]], indices: list[int]) -> dict[str, list[Any]]:
        encoded = _encode_rows(rows, setup)
        if not setup.arguments.schedule.group_by_length:
            return encoded
        order = sorted(range(len(indices)), key=encoded["length"].__getitem__)
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        # Seed with the position in the stream, so that a resumed run draws the same order. The last batch may be short
        # and stays last.
        whole, rest = batches[: len(order) // size], batches[len(order) // size :]
        random.Random(f"{seed} {indices[0]}").shuffle(whole)
        order = [index for batch in whole + rest for index in batch]
        return {name: [values[index] for index in order] for name, values in encoded.items()}

    return setup.reviews.train.map(
        encode,
        batched=True,
        batch_size=BATCHES_PER_GROUP * size,
        with_indices=True,
        remove_columns=["title", "text", "label"],
    )

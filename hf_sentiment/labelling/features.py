"""What the audit's model reads of a row: the embedding by a frozen base, and an adapter's logits."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from datasets import Dataset
from numpy.typing import NDArray

from hf_sentiment.adapter.base_model import Base, locate_base
from hf_sentiment.adapter.classifier import load_classifier
from hf_sentiment.adapter.tokenizer import load_tokenizer, text_encoder
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.rendering import render_rows
from hf_sentiment.core.text_encoder import TextEncoder
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.inference.task import load
from hf_sentiment.labelling.embeddings import embed
from hf_sentiment.reviews.fingerprints import read_training_rows, text_mark

# The base of the embeddings where no adapter is given, and its window: that of most training runs of it.
BASE, WINDOW = "minilm", 128
# Beside embeddings of length 1, logits of this size weigh enough and not too much: scripts/benchmark_labelling.py.
LOGIT_SCALE = 0.5

Progress = Callable[[int], object]


def row_features(
    adapter: str | Path | SentimentPipeline | None,
    data: Dataset,
    notes: list[str],
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """The features of rows with the columns title and text.

    Args:
        adapter: whose base and logits to use; None for the embedded base alone.
        data: the rows.
        notes: a sentence is added to it if the adapter was trained on some of the rows, or keeps no list of its rows.
        progress: called after each batch with the number of its rows.

    Returns:
        float32 array of shape (rows, features).
    """
    if adapter is None:
        base = locate_base(BASE)
        encoder = text_encoder(load_tokenizer(Path(base.path), base))
        return base_embeddings(
            base, encoder, SentimentConfig(["Negative", "Positive"], max_length=WINDOW), data, progress
        )
    classify = adapter if isinstance(adapter, SentimentPipeline) else load(adapter)
    notes += notes_on_training(classify, data)
    own = classify.adapter
    logits = classify.logits(render_rows(data, own.config))
    # Not of the adapted encoder, which has kept little of a text but its sentiment.
    return np.hstack([base_embeddings(own.base, own.encoder, own.config, data, progress), LOGIT_SCALE * logits])


def base_embeddings(
    base: Base, encoder: TextEncoder, config: SentimentConfig, data: Dataset, progress: Progress | None = None
) -> NDArray[np.float32]:
    """The embeddings of rows by a base as it is.

    Args:
        base: the encoder.
        encoder: its tokenizer.
        config: its template and window are used; the labels do not matter, because the head is not used.
        data: with the columns title and text.
        progress: called after each batch with the number of its rows.
    """
    model = load_classifier(base, config).model.eval()
    return embed(model, encoder, render_rows(data, config), config.max_length, progress)


def notes_on_training(classify: SentimentPipeline, data: Dataset) -> list[str]:
    """What a reader should know if the adapter has learned from the rows."""
    known = read_training_rows(classify.adapter.folder)
    if known is None:
        return [
            "The adapter keeps no list of its training rows: if these rows are among them, it has learned their wrong "
            "labels, and --adapter none finds more of them."
        ]
    trained = sum(text_mark(text) in known for text in data["text"])
    if not trained:
        return []
    return [
        f"The adapter was trained or validated on {trained:,} of these {len(data):,} rows and may have learned their "
        "wrong labels: --adapter none finds more of them."
    ]

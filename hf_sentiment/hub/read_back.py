"""Check that a published commit gives the same answers as the local adapter folder."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub import snapshot_download

from hf_sentiment.adapter.loading import LoadedAdapter, load_adapter
from hf_sentiment.backends.torch import torch_scorer
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.metadata import WIDGET

# For logits. The published files have the same bytes; batching alone changes logits by about 1e-6.
TOLERANCE = 1e-4


def check_adapter(folder: Path, repo_id: str, commit: str, token: str | None) -> None:
    """Check a published adapter.

    Args:
        folder: the local adapter folder.
        repo_id: the repository.
        commit: the commit to fetch, into an empty cache.
        token: for a private repository.

    Raises:
        SentimentError: its labels or logits differ from those of the folder.
    """
    with tempfile.TemporaryDirectory() as cache:
        fetched = snapshot_download(repo_id, revision=commit, cache_dir=cache, token=token)
        local = load_adapter(folder, token=token)
        # Only the adapter went over the network; the base is the same for both.
        published = load_adapter(fetched, base_model=local.base.path)
        same_labels = published.config.labels == local.config.labels
        answers = logits_of(published, list(WIDGET)) if same_labels else None
        _compare(logits_of(local, list(WIDGET)), answers, f"{repo_id} at {commit[:8]}", folder)


def check_merged(folder: Path, repo_id: str, commit: str, token: str | None) -> None:
    """Check a published merged model with a stock pipeline, as used without PEFT and this package.

    Arguments and errors as for `check_adapter`.
    """
    from transformers import pipeline

    with tempfile.TemporaryDirectory() as cache:
        fetched = snapshot_download(repo_id, revision=commit, cache_dir=cache, token=token)
        local = load_adapter(folder, token=token)
        classify = pipeline("text-classification", model=fetched)
        answers: Any = classify(list(WIDGET), top_k=None, truncation=True, function_to_apply="none")
    by_label = [{entry["label"]: entry["score"] for entry in answer} for answer in answers]
    same_labels = all(set(scores) == set(local.config.labels) for scores in by_label)
    published = np.array([[s[label] for label in local.config.labels] for s in by_label]) if same_labels else None
    _compare(logits_of(local, list(WIDGET)), published, f"{repo_id} at {commit[:8]}", folder)


def logits_of(loaded: LoadedAdapter, texts: list[str]) -> np.ndarray:
    """Calibrated logits of texts without titles, of shape (texts, labels), by the merged model in float32."""
    return torch_scorer(loaded).logits(texts)


def _compare(local: np.ndarray, published: np.ndarray | None, where: str, folder: Path) -> None:
    if published is None:
        raise SentimentError(f"{where} has other labels than {folder.name}: publish it again.")
    gap = float(np.abs(local - published).max())
    # Written so that NaN fails too.
    if not gap <= TOLERANCE:
        raise SentimentError(
            f"{where} answers differently from {folder.name} (logits differ by {gap:.2g}): publish again."
        )

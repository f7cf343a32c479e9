"""Check that a published commit holds the files of the local adapter folder, and gives the same answers."""

from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, snapshot_download

from hf_sentiment.adapter.loading import LoadedAdapter, load_adapter
from hf_sentiment.adapter.request_limits import Deadline, retrying
from hf_sentiment.backends.export_files import ONNX_FOLDER
from hf_sentiment.backends.torch import torch_scorer
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.commit import Publication
from hf_sentiment.hub.metadata import WIDGET

# For logits. The published files have the same bytes; batching alone changes logits by about 1e-6.
TOLERANCE = 1e-4


def fetch_commit(publication: Publication, commit: str, cache: Path, token: str | None, deadline: Deadline) -> Path:
    """Fetch a published commit into an empty cache, and check that it holds what was sent, byte for byte.

    Returns:
        The folder of its files.

    Raises:
        SentimentError: a file is missing, differs, or should have been deleted.
    """
    folder = Path(
        retrying(
            lambda: snapshot_download(
                publication.repo_id,
                revision=commit,
                repo_type=publication.repo_type,
                cache_dir=cache,
                token=token,
            ),
            deadline,
        )
    )
    for operation in publication.operations:
        path = folder / operation.path_in_repo
        if isinstance(operation, CommitOperationDelete) and path.exists():
            raise SentimentError(f"the Hub still has {operation.path_in_repo} of an earlier publication")
        if isinstance(operation, CommitOperationAdd) and not _same_bytes(operation, path):
            raise SentimentError(f"the Hub returns another {operation.path_in_repo} than was sent")
    return folder


def check_adapter(folder: Path, fetched: Path, token: str | None) -> None:
    """Check a published adapter.

    Args:
        folder: the local adapter folder.
        fetched: the folder of the published files.
        token: for a private base.

    Raises:
        SentimentError: its labels or logits differ from those of the folder.
    """
    local = load_adapter(folder, token=token)
    # Only the adapter went over the network; the base is the same for both.
    published = load_adapter(fetched, base_model=local.base.path)
    same_labels = published.config.labels == local.config.labels
    answers = logits_of(published, list(WIDGET)) if same_labels else None
    _compare(logits_of(local, list(WIDGET)), answers, folder)


def check_merged(folder: Path, fetched: Path, token: str | None) -> None:
    """Check a published merged model with a stock pipeline, as used without PEFT and this package.

    Arguments and errors as for `check_adapter`.
    """
    from transformers import pipeline

    local = load_adapter(folder, token=token)
    classify = pipeline("text-classification", model=str(fetched))
    answers: Any = classify(list(WIDGET), top_k=None, truncation=True, function_to_apply="none")
    by_label = [{entry["label"]: entry["score"] for entry in answer} for answer in answers]
    same_labels = all(set(scores) == set(local.config.labels) for scores in by_label)
    published = np.array([[s[label] for label in local.config.labels] for s in by_label]) if same_labels else None
    _compare(logits_of(local, list(WIDGET)), published, folder)


def check_onnx(folder: Path, fetched: Path, token: str | None) -> None:
    """Check the ONNX export beside a published merged model, as used without torch.

    Arguments and errors as for `check_adapter`.
    """
    from hf_sentiment.runtime import load

    local, published = load_adapter(folder, token=token), load(fetched / ONNX_FOLDER, dtype="float32")
    same_labels = published.sentiment_config.labels == local.config.labels
    answers = published.logits(list(WIDGET)) if same_labels else None
    _compare(logits_of(local, list(WIDGET)), answers, folder)


def logits_of(loaded: LoadedAdapter, texts: list[str]) -> np.ndarray:
    """Calibrated logits of texts without titles, of shape (texts, labels), by the merged model in float32."""
    return torch_scorer(loaded).logits(texts)


def _same_bytes(operation: CommitOperationAdd, path: Path) -> bool:
    with operation.as_file() as sent:
        return path.is_file() and path.read_bytes() == sent.read()


def _compare(local: np.ndarray, published: np.ndarray | None, folder: Path) -> None:
    if published is None:
        raise SentimentError(f"the Hub's copy has other labels than {folder.name}")
    gap = float(np.abs(local - published).max())
    # Written so that NaN fails too.
    if not gap <= TOLERANCE:
        raise SentimentError(f"the Hub's copy answers differently from {folder.name}: logits differ by {gap:.2g}")

"""The adapter that a run starts from, as the run's config and report describe it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hf_sentiment.adapter.folder import find_adapter
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.reviews.polarity import meaning_of
from hf_sentiment.training.arguments import without_path


def describe_start(adapter: str, labels: list[str], problem_type: str) -> dict[str, Any]:
    """Describe the adapter that a run starts from.

    Args:
        adapter: "default", "accurate", a folder or a Hub id.
        labels: of the run.
        problem_type: of the run, as in SentimentConfig.

    Returns:
        `name` (a Hub id, "default", or the folder's name without its path), `labels`, `labels_fit` (whether it gives
        the run's labels, in any order and words), `dataset` (what it was trained on) and `rows` (the labelled training
        rows that it and the adapters before it have seen). What the adapter does not say is None.

    Raises:
        SentimentError: there is no such adapter, or its config cannot be read.
    """
    folder = find_adapter(adapter)
    config = _own_config(folder)
    provenance = config.provenance if config else {}
    fits = config is not None and config.problem_type == problem_type and bool(places(config.labels, labels))
    return {
        "name": without_path(adapter),
        "labels": config.labels if config else None,
        "labels_fit": fits,
        "dataset": provenance.get("dataset"),
        "rows": _rows_seen(provenance),
    }


def places(known: Sequence[str], labels: Sequence[str]) -> list[int]:
    """The index of each label in another list of the same labels, in whatever words; empty if they differ."""
    index = {meaning_of(label): place for place, label in enumerate(known)}
    found = [index[meaning_of(label)] for label in labels if meaning_of(label) in index]
    return found if len(found) == len(labels) == len(known) else []


def _own_config(folder: Path) -> SentimentConfig | None:
    """The adapter's config; None for an adapter of another program, whose labels have no names."""
    return SentimentConfig.load(folder) if (folder / FILE_NAME).is_file() else None


def _rows_seen(provenance: dict[str, Any]) -> int | None:
    own = (provenance.get("rows") or {}).get("train")
    earlier = provenance.get("starting_adapter")
    if earlier is None or own is None:
        return own
    return None if earlier.get("rows") is None else own + earlier["rows"]

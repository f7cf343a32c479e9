"""Compare another runtime's answers with those of torch, on reviews that ship with the package."""

import csv
from importlib.resources import files

import numpy as np

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.torch import TorchBackend
from hf_sentiment.core.backend import Backend, ExportCheck
from hf_sentiment.core.batching import run_batches
from hf_sentiment.core.scores import to_scores
from hf_sentiment.core.text_encoder import encode_truncated
from hf_sentiment.errors import SentimentError

# An export is refused below this label agreement, or above this score difference, on the sample reviews. Measured on
# MiniLM: bf16 99.6 % and 0.02; int8 99.0 % and 0.14.
LIMITS = {"float32": (0.999, 0.001), "bfloat16": (0.98, 0.1), "int8": (0.95, 0.3)}


def sample_tokens(adapter: LoadedAdapter, split: str) -> list[list[int]]:
    """The token ids of a split of the demo reviews, truncated to the adapter's window, without special tokens."""
    with (files("hf_sentiment.assets") / "demo.csv").open(encoding="utf-8") as file:
        reviews = [row for row in csv.DictReader(file) if row["split"] == split]
    texts = [adapter.config.render(row["title"], row["text"]) for row in reviews]
    return encode_truncated(adapter.encoder, texts, adapter.config.max_length)


def check_against_torch(adapter: LoadedAdapter, dtype: str, backend: Backend) -> ExportCheck:
    """Compare a runtime's answers with those of the merged model in float32.

    Args:
        adapter: its model is merged if it is not yet.
        dtype: the precision of the runtime.
        backend: the runtime.

    Raises:
        SentimentError: the answers differ by more than LIMITS.
    """
    rows, config = sample_tokens(adapter, "test"), adapter.config
    theirs, ours = (
        run_batches(rows, adapter.encoder.layout, config.max_length, each, labels=len(config.labels))
        for each in (TorchBackend(adapter.merge()), backend)
    )
    apart = np.abs(to_scores(theirs, multi_label=config.multi_label) - to_scores(ours, multi_label=config.multi_label))
    found = ExportCheck(
        dtype=dtype,
        label_agreement=float(np.mean(theirs.argmax(1) == ours.argmax(1))),
        largest_score_difference=float(apart.max()),
        rows=len(rows),
    )
    agreement, difference = LIMITS[dtype]
    if found["label_agreement"] < agreement or not found["largest_score_difference"] <= difference:
        raise SentimentError(
            f"The {dtype} export of {adapter.folder.name} differs too much from torch: labels agree on "
            f"{100 * found['label_agreement']:.1f} % of {len(rows)} reviews, scores differ by up to "
            f'{found["largest_score_difference"]:.2f}. Use backend="torch" instead.'
        )
    return found

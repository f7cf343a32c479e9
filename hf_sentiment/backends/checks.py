"""Compare what another runtime answers with torch, on reviews that travel with the package."""

import csv
from collections.abc import Callable

import numpy as np
from transformers.pipelines.text_classification import sigmoid, softmax

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.torch import TorchBackend
from hf_sentiment.core.batching import encode, score_encoded
from hf_sentiment.errors import SentimentError

# An export is refused below this label agreement, or above this score difference, on the sample reviews. Measured on
# MiniLM: bf16 99.6 % and 0.02; int8 99.0 % and 0.14.
LIMITS = {"float32": (0.999, 0.001), "bfloat16": (0.98, 0.1), "int8": (0.95, 0.3)}


def sample_rows(adapter: LoadedAdapter, split: str) -> list[dict[str, list[int]]]:
    """The tokenised demo reviews of a split."""
    from hf_sentiment.reviews.sources import DEMO_FILE

    with open(DEMO_FILE, encoding="utf-8") as file:
        reviews = [row for row in csv.DictReader(file) if row["split"] == split]
    texts = [adapter.config.render(row["title"], row["text"]) for row in reviews]
    return encode(texts, adapter.tokenizer, adapter.config.max_length)


def check_against_torch(adapter: LoadedAdapter, dtype: str, run: Callable, length_step: int = 1) -> dict:
    """How near another runtime's answers are to those of the merged model in float32.

    Args:
        adapter: with its model merged already.
        dtype: the other's precision.
        run: see `hf_sentiment.backends`.
        length_step: see `hf_sentiment.backends`.

    Returns:
        `label_agreement`, `largest_score_difference` and `rows`.

    Raises:
        SentimentError: the answers differ by more than LIMITS.
    """
    rows = sample_rows(adapter, "test")
    theirs = score_encoded(rows, adapter.tokenizer, TorchBackend(adapter.merged).run)
    ours = score_encoded(rows, adapter.tokenizer, run, length_step=length_step)
    to_scores = sigmoid if adapter.config.multi_label else softmax
    found = {
        "label_agreement": float(np.mean(theirs.argmax(1) == ours.argmax(1))),
        "largest_score_difference": float(np.abs(to_scores(theirs) - to_scores(ours)).max()),
        "rows": len(rows),
    }
    agreement, difference = LIMITS[dtype]
    if found["label_agreement"] < agreement or found["largest_score_difference"] > difference:
        raise SentimentError(
            f"The {dtype} export of {adapter.folder.name} answers too differently from torch: labels agree on "
            f"{found['label_agreement']:.1%} of {len(rows)} reviews, scores differ by up to "
            f'{found["largest_score_difference"]:.2f}. Use backend="torch" for it.'
        )
    return found

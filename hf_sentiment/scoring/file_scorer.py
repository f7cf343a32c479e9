"""FileScorer: what the scoring of files needs from a pipeline or a runtime."""

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.reviews.review import Review


class FileScorer(Protocol):
    """Anything that scores reviews: SentimentPipeline, or a runtime without transformers."""

    @property
    def sentiment_config(self) -> SentimentConfig:
        """The labels and the rest of the adapter's config."""

    def scores(
        self,
        reviews: Iterable[Review],
        *,
        batch_size: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> np.ndarray:
        """Calibrated scores as a float32 array of shape (reviews, labels).

        Args:
            reviews: the reviews to score.
            batch_size: reviews in a batch; None for batches of about the same number of tokens.
            progress: called after each batch with the number of its reviews.
        """

    def identity(self) -> dict[str, str]:
        """Everything that affects the scores: "adapter" (a name and a digest), "backend" and "dtype".

        A run is resumed only with a scorer of the same identity.
        """

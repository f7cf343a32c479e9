"""RuntimeClassifier: called as the pipeline is, and built on the same core."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.classify import classify
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.review_scorer import ReviewScorer, ScoringOptions


@dataclass(frozen=True)
class RuntimeClassifier:
    """Classifies reviews with an exported adapter. Threads may share it, and it can be pickled.

    Attributes:
        scorer: the path from reviews to scores.
        folder: of the export.
        adapter: a name and a digest of the adapter that was exported; None for those of the export itself.
    """

    scorer: ReviewScorer
    folder: Path
    adapter: str | None = None

    @property
    def sentiment_config(self) -> SentimentConfig:
        """The adapter's SentimentConfig; its temperature is 1, because the exported head is calibrated."""
        return self.scorer.config

    def identity(self) -> dict[str, str]:
        """Everything that affects the scores: the adapter, the backend and its precision."""
        return {
            "adapter": self.adapter or self._digest(),
            "backend": type(self.scorer.backend).__name__,
            "dtype": self.scorer.backend.dtype,
        }

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self.folder.iterdir()):
            digest.update(path.read_bytes())
        return f"{self.folder.name} ({digest.hexdigest()[:12]})"

    def __call__(self, inputs: Any, **options: Any) -> Any:
        """Classify one review or many.

        Args:
            inputs: a review, a list, column or table of reviews, or a generator of them.
            **options: see `hf_sentiment.core.call_options.CallOptions`.

        Returns:
            As the pipeline, see `hf_sentiment.core.classify.classify`.

        Raises:
            SentimentError: a review is empty or is not text (the message says which), or an option is invalid.
        """
        return classify(self.scorer, inputs, options)

    def scores(self, reviews: object, **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated scores as an array of shape (reviews, labels); see `ReviewScorer.scores`."""
        return self.scorer.scores(reviews, **options)

    def logits(self, reviews: object, **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated logits as an array of shape (reviews, labels); see `ReviewScorer.logits`."""
        return self.scorer.logits(reviews, **options)

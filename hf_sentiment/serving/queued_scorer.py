"""A scorer whose windows wait in the server's queue with all others."""

from dataclasses import dataclass, field
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.review_scorer import ReviewScorer, ScoringOptions
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.engine import Engine


@dataclass(frozen=True)
class QueuedScorer(ReviewScorer):
    """Explains reviews: the texts without each word take their turn in the queue, like other requests.

    Attributes:
        adapter: scores them.
        engine: computes.
        seconds: until they are given up.
    """

    adapter: ServedAdapter = field(repr=False, kw_only=True)
    engine: Engine = field(repr=False, kw_only=True)
    seconds: float = field(kw_only=True)

    def text_logits(self, texts: list[str], **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """See `ReviewScorer`.

        Raises:
            RefusedError: the queue has no room for them.
        """
        rows, owners = self.tokenize(texts, **options)
        return self.calibrate(self.engine.score_now(self.adapter, rows, self.seconds), owners)

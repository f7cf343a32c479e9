"""What `predict --input` reads of a file: the title and text of each review, through the real reader and writer."""

from dataclasses import dataclass, field

import numpy as np

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.scoring.score_file import score_file


@dataclass
class Recorder:
    """A scorer of files that notes each review and finds all of them positive."""

    sentiment_config: SentimentConfig = field(
        default_factory=lambda: SentimentConfig(labels=["Negative", "Positive"], base={"id": "user/base"})
    )
    reviews: list = field(default_factory=list)

    def identity(self):
        return {"adapter": "recorder"}

    def scores(self, reviews, progress=None):
        self.reviews += [tuple(review) for review in reviews]
        return np.tile(np.float32([0.1, 0.9]), (len(reviews), 1))


def texts_scored(path, target, **options):
    """The (title, text) of each review of a file."""
    recorder = Recorder()
    score_file(recorder, path, target, overwrite=True, **options)
    return recorder.reviews

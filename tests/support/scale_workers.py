"""Scorers for runs over many files, which need no model; workers import this, so it imports little."""

import os
import signal
import time
import zlib
from dataclasses import dataclass, field

import numpy as np

from hf_sentiment.core.config import SentimentConfig

KILLER = "killer"


@dataclass
class Hasher:
    """A scorer whose score is a hash of the review; a review with the word "killer" ends its process."""

    delay: float = 0.0
    sentiment_config: SentimentConfig = field(
        default_factory=lambda: SentimentConfig(labels=["Negative", "Positive"], base={"id": "user/base"})
    )

    def identity(self):
        return {"adapter": "hasher", "backend": "none", "dtype": "float32"}

    def scores(self, reviews, *, batch_size=None, progress=None):
        time.sleep(self.delay)
        if any(KILLER in review.text for review in reviews):
            os.kill(os.getpid(), signal.SIGKILL)
        positive = [zlib.crc32(review.text.encode()) % 1000 / 1000 for review in reviews]
        return np.array([[1 - each, each] for each in positive], np.float32).reshape(-1, 2)


def open_hasher():
    return Hasher()


def open_slow_hasher():
    return Hasher(0.02)

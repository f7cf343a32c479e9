"""Everything that the app asks of a pipeline: one review in, what the page shows out."""

from dataclasses import dataclass
from typing import NamedTuple

from hf_sentiment import SentimentPipeline
from hf_sentiment.core.config import SentimentConfig

# The default target errors of a page: the first one that the adapter has a threshold for. With the shipped adapter,
# 2 % leaves 14 % of the test reviews undecided, including lukewarm ones; 5 % leaves 3 %.
USUAL_ERRORS = (0.02, 0.05)


class Band(NamedTuple):
    """The scores at which an answer counts as undecided.

    Attributes:
        threshold: for the score of the winning label; below it, the answer is undecided. It is above 1 if the target
            error could not be reached.
        target_error: with 95 % confidence the largest share of wrong answers among the others, on reviews like the
            validation rows; None for a threshold that the visitor chose.
    """

    threshold: float
    target_error: float | None = None


@dataclass
class Answer:
    """An adapter's answer to one review.

    Attributes:
        scores: label -> score, highest first.
        present: the review's labels: the highest one, or, if multi-label, all that reach their threshold.
        several: whether the adapter is multi-label.
        windows: number of windows of the review.
        undecided: whether the winning score is in the band.
        band: the band, if there is one.
    """

    scores: dict[str, float]
    present: list[str]
    several: bool
    windows: int
    undecided: bool
    band: Band | None = None


def measured_bands(config: SentimentConfig) -> list[Band]:
    """The bands that were measured for an adapter, widest first; empty if none were."""
    return sorted((Band(entry["threshold"], entry["target_error"]) for entry in config.abstention or []), reverse=True)


def usual_band(measured: list[Band]) -> Band | None:
    """The measured band that a page starts with."""
    return next((band for error in USUAL_ERRORS for band in measured if band.target_error == error), None)


def ask(classify: SentimentPipeline, title: str, text: str, band: Band | None = None) -> Answer:
    """Classify one review.

    Raises:
        SentimentError: it is empty.
    """
    config = classify.sentiment_config
    # Multi-label adapters have a threshold for each label instead.
    band = None if config.multi_label else band
    options = {"target_error": band.target_error} if band and band.target_error else {}
    (entries,) = classify([{"title": title, "text": text}], top_k=None, windows=True, **options)
    best = entries[0]
    scores = {entry["label"]: entry["score"] for entry in entries}
    least = dict(zip(config.labels, config.label_thresholds, strict=True))
    reached = [label for label, score in scores.items() if score >= least[label]]
    return Answer(
        scores,
        reached if config.multi_label else [best["label"]],
        config.multi_label,
        best["windows"],
        best.get("undecided", band is not None and best["score"] < band.threshold),
        band,
    )


def explain(classify: SentimentPipeline, title: str, text: str) -> dict:
    """The rendered text, and how much each word contributes to the label.

    Returns:
        {"text", "words": [{"start", "end", "weight"}]}.
    """
    (answer,) = classify([{"title": title, "text": text}], explain=True)
    return answer["explanation"]

"""Turn calibrated logits into answers in the format of transformers' text classification."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.call_options import CallOptions
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.scores import softmax, to_scores

# {"label", "score"}, plus whatever else the call asked for.
Answer: TypeAlias = dict[str, Any]


def answers(logits: NDArray[np.float32], config: SentimentConfig, options: CallOptions) -> list[list[Answer]]:
    """Return the labels and scores of each review.

    Args:
        logits: calibrated, of shape (reviews, labels).
        config: label names, and whether a review can have several.
        options: `top_k`, `function_to_apply`, `present` and `target_error` are used.

    Returns:
        A list of answers {"label", "score"} for each review, highest score first.

    Raises:
        SentimentError: the adapter has no threshold for the target error.
    """
    scores = to_scores(logits, multi_label=config.multi_label, function=options.function_to_apply)
    order = np.argsort(-scores, axis=1, kind="stable")[:, : None if options.present else options.top_k]
    undecided: list[bool | None] = [None] * len(logits)
    if options.target_error is not None:
        undecided = (softmax(logits).max(axis=1) < config.undecided_below(options.target_error)).tolist()
    found = [
        [
            {"label": config.labels[place], "score": float(row[place])} | ({} if mark is None else {"undecided": mark})
            for place in places
        ]
        for row, places, mark in zip(scores, order.tolist(), undecided, strict=True)
    ]
    if not options.present:
        return found
    # Thresholds are for the adapter's own scores, whatever function is shown.
    reached = to_scores(logits, multi_label=config.multi_label) >= np.array(config.label_thresholds)
    return [
        [entry for entry, place in zip(entries, places, strict=True) if row[place]]
        for entries, places, row in zip(found, order.tolist(), reached, strict=True)
    ]

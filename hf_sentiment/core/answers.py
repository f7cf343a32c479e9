"""From logits to what the pipeline answers, in the format of transformers' text classification."""

import numpy as np
from transformers.pipelines.text_classification import ClassificationFunction, sigmoid, softmax

from hf_sentiment.core.config import SentimentConfig


def answer(
    logits: np.ndarray,
    config: SentimentConfig,
    *,
    top_k: int | None = 1,
    single: bool = True,
    function_to_apply: ClassificationFunction | None = None,
    present: bool = False,
    target_error: float | None = None,
) -> dict | list[dict]:
    """The labels and scores of one review.

    Args:
        logits: calibrated, of shape (labels,).
        config: label names, and whether several can hold at once.
        top_k: how many labels, highest first; None for all.
        single: with `top_k` 1, give the label itself and not a list of it.
        function_to_apply: instead of softmax, or sigmoid where several labels can hold.
        present: only the labels that reach their threshold, highest first; possibly none.
        target_error: say of the review whether it is "undecided": to be left out, if of the others no more than that
            share may be wrong.

    Returns:
        {"label", "score"}, or a list of them.

    Raises:
        SentimentError: the adapter has no threshold for the target error.
    """
    if function_to_apply is None:
        function_to_apply = ClassificationFunction.SIGMOID if config.multi_label else ClassificationFunction.SOFTMAX
    functions = {ClassificationFunction.SIGMOID: sigmoid, ClassificationFunction.SOFTMAX: softmax}
    scores = functions.get(function_to_apply, lambda raw: raw)(logits)
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    answers = [{"label": config.labels[index], "score": float(scores[index])} for index in order]
    if target_error is not None:
        undecided = bool(softmax(logits).max() < config.undecided_below(target_error))
        answers = [entry | {"undecided": undecided} for entry in answers]
    if present:
        least = dict(zip(config.labels, config.thresholds or [0.5] * len(config.labels), strict=True))
        return [entry for entry in answers if entry["score"] >= least[entry["label"]]]
    return answers[0] if top_k == 1 and single else answers[:top_k]

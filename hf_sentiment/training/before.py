"""The answers to the test rows before training: of the adapter that a run starts from, or of its new classifier."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import logit
from transformers import PreTrainedModel

from hf_sentiment.evaluation.evaluate import score_reviews
from hf_sentiment.inference.task import load
from hf_sentiment.metrics.predictions import predicted_labels, right_rows, true_labels
from hf_sentiment.reports.names import percent
from hf_sentiment.reports.wording import about_start
from hf_sentiment.training.say import Say
from hf_sentiment.training.scoring import score_classifier
from hf_sentiment.training.setup import RunSetup
from hf_sentiment.training.starting_adapter import places


@dataclass(frozen=True)
class Before:
    """Logits of the test rows before training, in the order of the run's labels.

    Attributes:
        logits: of shape (rows, labels); multi-label: shifted so that a label's threshold is a score of 0.5.
        of_adapter: whether they are the starting adapter's own; otherwise they are those of the base with a newly
            initialized head.
    """

    logits: np.ndarray
    of_adapter: bool


def score_before(model: PreTrainedModel, setup: RunSetup, device: torch.device, say: Say) -> Before:
    """Score the test rows before training, and say how many are right.

    Args:
        model: the untrained classifier.
        setup: the setup of the run.
        device: for the starting adapter.
        say: called with the accuracy.

    Raises:
        SentimentError: the starting adapter cannot be loaded on the run's base.
    """
    test, config, start = setup.reviews.test, setup.config, setup.config.provenance.get("starting_adapter")
    if start and start["labels_fit"]:
        before, what = Before(_score_start(setup, device), True), f"of the starting adapter {start['name']}"
    else:
        before, what = Before(score_classifier(model, setup, test), False), "before training"
    right = right_rows(predicted_labels(before.logits, config), true_labels(test["label"][:], config))
    say(f"Accuracy {what}: {percent(float(right.mean()))} of the {len(test)} test reviews")
    for line in about_start({"starting_adapter": start}):
        say(f"  {line}")
    return before


def _score_start(setup: RunSetup, device: torch.device) -> np.ndarray:
    """The starting adapter's own answers, with its own head, window and temperature."""
    classify = load(
        str(setup.arguments.lora.init_adapter),
        base_model=setup.base.path,
        dtype="float32",
        device=device,
        trust_remote_code=setup.arguments.base.trust_remote_code,
    )
    config = classify.sentiment_config
    logits = score_reviews(classify, setup.reviews.test)
    if config.multi_label:
        # Thresholds of 0 and 1 are allowed.
        logits = logits - logit(np.clip(config.label_thresholds, 1e-12, 1 - 1e-12))
    return logits[:, places(config.labels, setup.config.labels)]

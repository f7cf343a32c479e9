"""Score rows with a classifier in memory."""

from typing import cast

import numpy as np
import torch
from datasets import Dataset
from peft import PeftModel
from transformers import PreTrainedModel

from hf_sentiment.backends.torch import TorchBackend
from hf_sentiment.core.rendering import render_rows
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.training.setup import RunSetup


def score_classifier(model: PreTrainedModel | PeftModel, setup: RunSetup, data: Dataset) -> np.ndarray:
    """Logits of rows by a classifier in memory, of shape (rows, labels)."""
    scorer = ReviewScorer(setup.config, setup.encoder, TorchBackend(cast(PreTrainedModel, model.eval())))
    # Frozen weights may be in bf16 beside trained ones in float32.
    half = any(value.dtype == torch.bfloat16 for value in model.parameters())
    with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=half):
        return scorer.logits(render_rows(data, setup.config))

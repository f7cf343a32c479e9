"""Training that goes on from an adapter, for its own labels or for others."""

import torch
from peft import PeftModel

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.classifier import FreshClassifier
from hf_sentiment.adapter.folder import AdapterWeights, find_adapter, read_weights
from hf_sentiment.adapter.foreign import head_parameters
from hf_sentiment.adapter.loading import attach_adapter, describe_adapter
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.training.speedups.frozen_linear import FrozenLinear


def go_on_from(adapter: str, fresh: FreshClassifier, base: Base, config: SentimentConfig) -> PeftModel:
    """Put an adapter's weights on a classifier, ready for training.

    Its LoRA layers and whatever the base lacks come over whole. Of the head come the rows of the labels that both
    know, whatever the case of their names; the rows of the others are the classifier's own, fresh ones.

    Args:
        adapter: "default", a folder or a Hub id.
        fresh: the untrained classifier for the labels of `config`.
        base: the run's; it must be the adapter's too.
        config: of the run.

    Raises:
        SentimentError: there is no such adapter, or it was trained on another base.
    """
    weights = read_weights(find_adapter(adapter))
    _, known = describe_adapter(weights, base)
    carry_head_over(weights, known.labels, fresh, config.labels, base)
    weights.config.inference_mode = False
    # With the id, PEFT would ask the Hub for the base's config at every checkpoint.
    weights.config.base_model_name_or_path = base.path
    weights.config._register_custom_module({torch.nn.Linear: FrozenLinear})
    return attach_adapter(weights, fresh, base)


def carry_head_over(
    weights: AdapterWeights, known: list[str], fresh: FreshClassifier, labels: list[str], base: Base
) -> None:
    """Rewrite the head in an adapter's weights from its own labels to others."""
    places = {label.casefold(): place for place, label in enumerate(known)}
    for name in head_parameters(base):
        key = f"base_model.model.{name}"
        if key not in weights.state:
            continue
        rows = fresh.model.get_parameter(name).detach().clone()
        for row, label in enumerate(labels):
            if (place := places.get(label.casefold())) is not None:
                rows[row] = weights.state[key][place]
        weights.state[key] = rows

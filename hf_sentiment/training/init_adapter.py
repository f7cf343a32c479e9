"""Continue training from an adapter, for its own labels or for others."""

from peft import PeftModel

from hf_sentiment.adapter.attaching import attach_adapter
from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.classifier import NewClassifier
from hf_sentiment.adapter.folder import find_adapter
from hf_sentiment.adapter.foreign import head_parameters
from hf_sentiment.adapter.loading import describe_adapter
from hf_sentiment.adapter.weights import AdapterWeights, read_weights
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.reviews.polarity import meaning_of
from hf_sentiment.training.speedups.frozen_linear import use_frozen_linear


def continue_from_adapter(
    adapter: str, classifier: NewClassifier, base: Base, config: SentimentConfig
) -> tuple[PeftModel, bool]:
    """Load an adapter's weights into a classifier, ready for training.

    Its LoRA layers and all modules it was saved with are kept. Head rows are kept for labels that both know, in
    whatever words; the rows of other labels are newly initialized.

    Args:
        adapter: "default", "accurate", a folder or a Hub id.
        classifier: the untrained classifier for the labels of `config`.
        base: the run's base; the adapter must be for the same one.
        config: the run's config.

    Returns:
        The model, and whether its head has new rows.

    Raises:
        SentimentError: there is no such adapter, or it was trained on another base.
    """
    weights = read_weights(find_adapter(adapter))
    _, known = describe_adapter(weights, base)
    transfer_head(weights, known.labels, classifier, config.labels, base)
    weights.config.inference_mode = False
    # With the Hub id, PEFT would ask the Hub for the base's config at every checkpoint.
    weights.config.base_model_name_or_path = base.path
    use_frozen_linear(weights.config)
    new_head = not {*map(meaning_of, config.labels)} <= {*map(meaning_of, known.labels)}
    return attach_adapter(weights, classifier, base), new_head


def transfer_head(
    weights: AdapterWeights, known: list[str], classifier: NewClassifier, labels: list[str], base: Base
) -> None:
    """Replace the head in an adapter's weights with one for other labels.

    Args:
        weights: changed in place; each head parameter has one row per label.
        known: the adapter's labels, in the order of its rows.
        classifier: its head provides the rows of labels that the adapter does not know.
        labels: the new labels, in order.
        base: the base of both.
    """
    places = {meaning_of(label): place for place, label in enumerate(known)}
    for name in head_parameters(base):
        key = f"base_model.model.{name}"
        if key not in weights.state:
            continue
        rows = classifier.model.get_parameter(name).detach().clone()
        for row, label in enumerate(labels):
            if (place := places.get(meaning_of(label))) is not None:
                rows[row] = weights.state[key][place]
        weights.state[key] = rows

"""Put an adapter's weights on a classifier, all of them or none."""

import warnings

from peft import PeftModel, PeftModelForSequenceClassification, set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.classifier import NewClassifier
from hf_sentiment.adapter.weights import AdapterWeights
from hf_sentiment.errors import SentimentError, first_line


def attach_adapter(
    weights: AdapterWeights, classifier: NewClassifier, base: Base, onto: PeftModel | None = None, name: str = "default"
) -> PeftModel:
    """Put an adapter's weights on a classifier, or beside the adapters that a PeftModel already has.

    Args:
        weights: the adapter's weights.
        classifier: a base with a head for the adapter's labels.
        base: named in error messages.
        onto: a PeftModel made from the same classifier; by default, a new one is created.
        name: the adapter's name within the PeftModel, without dots.

    Raises:
        SentimentError: the weights do not fit, or would leave some of the classifier's weights random.
    """
    folder, state = weights.folder, weights.state
    try:
        # On the meta device, weights take no memory before their shapes were compared.
        with warnings.catch_warnings():
            # PEFT asks for an attribute that transformers has renamed.
            warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
            if onto is None:
                model: PeftModel = PeftModelForSequenceClassification(
                    classifier.model, weights.config, adapter_name=name, low_cpu_mem_usage=True
                )
            else:
                model = onto
                model.add_adapter(name, weights.config, low_cpu_mem_usage=True)
    except ValueError as error:
        raise SentimentError(
            f"The adapter {folder.name} does not fit the base {base.id} ({first_line(error)}): give the base it was "
            "trained on."
        ) from error
    expected = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    wrong = sorted(key for key in expected if key in state and state[key].shape != expected[key].shape)
    unknown = sorted(set(state) - set(expected))
    if wrong or unknown:
        key = (wrong or unknown)[0]
        raise SentimentError(
            f"The adapter {folder.name} does not fit the base {base.id}: {key} "
            f"{'has a different shape there' if wrong else 'is not part of it'}. Give the base it was trained on."
        )
    head = [f"base_model.model.{name}." for name in classifier.new_modules]
    covered = [prefix for prefix in head if any(key.startswith(prefix) for key in state)]
    missing = sorted(set(expected) - set(state)) + sorted(set(head) - set(covered))
    if missing:
        names = ", ".join(key.removeprefix("base_model.model.").rstrip(".") for key in missing[:4])
        raise SentimentError(
            f"The adapter {folder.name} lacks {names}, which the base {base.id} does not have either: these weights "
            "would be random, and so would its answers. Train it again with them in modules_to_save."
        )
    set_peft_model_state_dict(
        model, {key: value.float() for key, value in state.items()}, adapter_name=name, low_cpu_mem_usage=True
    )
    return model

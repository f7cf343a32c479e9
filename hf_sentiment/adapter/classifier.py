"""Load a base encoder as a classifier for new labels, and find its newly initialized modules.

The loading report says which they are. By itself, PEFT saves only modules whose name ends in `classifier` or `score`;
anything else that the classifier adds to the base (a pooler, a head with another name) would be random when loaded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import transformers
from transformers import AutoConfig, AutoModelForSequenceClassification, PretrainedConfig, PreTrainedModel
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
)

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.base_size import check_layers, check_parameters
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError, first_line

# PEFT's sequence-classification model always adds these two names to modules_to_save.
PEFT_HEADS = ("classifier", "score")


@dataclass
class NewClassifier:
    """A base with a new head for its labels.

    Attributes:
        model: the sequence classifier in float32, with all weights that the checkpoint has.
        new_modules: names of the modules missing from the checkpoint, to be trained and saved whole.
    """

    model: PreTrainedModel
    new_modules: list[str]


def read_config(base: Base, *, trust_remote_code: bool = False) -> PretrainedConfig:
    """Read the base's config, and check that transformers has an encoder classifier for it.

    Raises:
        SentimentError: the config cannot be read, asks for more layers than the checkpoint has, or the base is not an
            encoder.
    """
    try:
        model_config = AutoConfig.from_pretrained(base.path, trust_remote_code=trust_remote_code)
    except (OSError, ValueError, KeyError) as error:
        raise SentimentError(f"The base {base.id} has no readable config: {first_line(error)}") from error
    if not _is_encoder(model_config):
        raise SentimentError(
            f"The base {base.id} is a {model_config.model_type} model, for which transformers has no encoder "
            "classifier: choose an encoder such as distilbert, roberta, deberta-v3 or modernbert."
        )
    check_layers(base, model_config)
    return model_config


def _is_encoder(config: PretrainedConfig) -> bool:
    kind = type(config)
    if config.is_encoder_decoder or not (
        kind in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING or hasattr(config, "auto_map")
    ):
        return False
    # A text generation model without a masked-language variant reads in one direction only; XLNet is the exception.
    one_way = kind in MODEL_FOR_CAUSAL_LM_MAPPING and kind not in MODEL_FOR_MASKED_LM_MAPPING
    return not one_way or config.model_type == "xlnet"


def load_classifier(base: Base, config: SentimentConfig, *, trust_remote_code: bool = False) -> NewClassifier:
    """The base as a sequence classifier for the labels of `config`, on the CPU, in float32.

    It is float32 whatever the checkpoint's precision: half precision is up to a hundred times slower on CPUs without
    the instructions for it, and the new head is trained in float32.

    Raises:
        SentimentError: the base has no sequence classifier in transformers, or cannot be read.
    """
    model_config = read_config(base, trust_remote_code=trust_remote_code)
    try:
        check_parameters(base, model_config, trust_remote_code=trust_remote_code)
        with _quiet_loading():
            model, info = AutoModelForSequenceClassification.from_pretrained(
                base.path,
                num_labels=len(config.labels),
                id2label=config.id2label,
                label2id={label: index for index, label in config.id2label.items()},
                problem_type=config.problem_type,
                dtype=torch.float32,
                use_safetensors=True,
                output_loading_info=True,
                trust_remote_code=trust_remote_code,
                # A base that was itself a classifier for other labels gets a new head.
                ignore_mismatched_sizes=True,
            )
    except SentimentError:
        raise
    except Exception as error:  # noqa: BLE001 - safetensors, torch and transformers raise half a dozen kinds here
        raise SentimentError(f"The base {base.id} could not be loaded: {first_line(error)}") from error
    missing = set(info["missing_keys"]) | {key for key, *_ in info["mismatched_keys"]}
    return NewClassifier(model, find_new_modules(model, missing))


@contextmanager
def _quiet_loading() -> Iterator[None]:
    """Hide transformers' progress bar, and its report of a new head: it is trained next, or loaded with the adapter."""
    level, bar = transformers.logging.get_verbosity(), transformers.logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(level)
        if bar:
            transformers.logging.enable_progress_bar()


def find_new_modules(model: torch.nn.Module, missing_keys: set[str]) -> list[str]:
    """Find the modules that have no trained weights: the topmost ones whose parameters are all missing.

    A new container with nothing but one Linear (BERT's pooler) is reported as that Linear, because PEFT can mix
    adapters within a batch only if the saved modules are plain layers.

    Args:
        model: the loaded classifier.
        missing_keys: parameter names that the checkpoint did not have.

    Returns:
        Module names in the model's order, e.g. ["bert.pooler.dense", "classifier"].

    Raises:
        SentimentError: a single parameter is missing from a module that is otherwise loaded; it cannot be saved.
    """
    new: list[str] = []
    covered: set[str] = set()
    for name, module in model.named_modules():
        if not name or any(name.startswith(f"{parent}.") for parent in new):
            continue
        parameters = {f"{name}.{key}" for key, _ in module.named_parameters()}
        if parameters and parameters <= missing_keys:
            new.append(name)
            covered |= parameters
    # Tied weights are reported missing although they are shared with loaded ones; named_parameters omits them.
    left = (missing_keys & {name for name, _ in model.named_parameters()}) - covered
    if left:
        raise SentimentError(
            f"The base lacks some weights of modules that it otherwise has ({', '.join(sorted(left)[:3])}): "
            "its checkpoint is incomplete; fetch it again."
        )
    return [_only_linear(model, name) for name in new]


def _only_linear(model: torch.nn.Module, name: str) -> str:
    if name.endswith(PEFT_HEADS):
        return name
    layers = [(n, m) for n, m in model.get_submodule(name).named_modules() if list(m.parameters(recurse=False))]
    if len(layers) == 1 and layers[0][0] and isinstance(layers[0][1], torch.nn.Linear):
        return f"{name}.{layers[0][0]}"
    return name

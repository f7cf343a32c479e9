"""A base encoder's fresh classifier: what is new in it, and what LoRA may target.

Both are read off the model itself. PEFT alone saves only modules whose name ends in `classifier` or `score`; whatever
else the classifier adds to the base (a pooler, a head with another name) would come back random.
"""

import re
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import transformers
from peft import LoraConfig, TaskType
from transformers import AutoConfig, AutoModelForSequenceClassification, PretrainedConfig, PreTrainedModel
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
)

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError, first_line

# What the encoders of transformers call the projection of the queries, and of the values. A projection that makes
# queries, keys and values in one product counts as both.
FUSED = {"in_proj", "Wqkv", "qkv", "qkv_proj", "query_key_value", "c_attn"}
QUERY = {"query", "q_lin", "q_proj", "q", "query_proj", "q_head", "q_attn", "Wq"} | FUSED
VALUE = {"value", "v_lin", "v_proj", "v", "value_proj", "v_head", "v_attn", "Wv"} | FUSED
LAYER = re.compile(r"\.(\d+)\.")
TARGET_CHOICES = ("query", "query-value", "attention", "all-linear")
# PEFT's sequence-classification model adds these two names to modules_to_save whatever it is given.
PEFT_HEADS = ("classifier", "score")


@dataclass
class FreshClassifier:
    """A base with a new head for its labels.

    Attributes:
        model: the sequence classifier in float32; everything the checkpoint has is loaded.
        fresh_modules: names of the modules the checkpoint does not have, to be trained and saved whole.
    """

    model: PreTrainedModel
    fresh_modules: list[str]


def read_config(base: Base, *, trust_remote_code: bool = False) -> PretrainedConfig:
    """The base's config, once it is sure that transformers has an encoder classifier for it.

    Raises:
        SentimentError: it cannot be read, or the base is no encoder.
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
    return model_config


def _is_encoder(config: PretrainedConfig) -> bool:
    kind = type(config)
    if config.is_encoder_decoder or not (
        kind in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING or hasattr(config, "auto_map")
    ):
        return False
    # A model for writing text that has no masked-language form reads in one direction. XLNet alone does both.
    one_way = kind in MODEL_FOR_CAUSAL_LM_MAPPING and kind not in MODEL_FOR_MASKED_LM_MAPPING
    return not one_way or config.model_type == "xlnet"


def load_classifier(base: Base, config: SentimentConfig, *, trust_remote_code: bool = False) -> FreshClassifier:
    """The base as a sequence classifier for the labels of `config`, on the CPU, in float32.

    float32 whatever the checkpoint holds: half precision is up to a hundred times slower on CPUs without the
    instructions for it, and the fresh head is trained in it.

    Raises:
        SentimentError: the base has no sequence classifier in transformers, or cannot be read.
    """
    read_config(base, trust_remote_code=trust_remote_code)
    try:
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
    except Exception as error:  # noqa: BLE001 - safetensors, torch and transformers raise half a dozen kinds here
        raise SentimentError(f"The base {base.id} could not be loaded: {first_line(error)}") from error
    missing = set(info["missing_keys"]) | {key for key, *_ in info["mismatched_keys"]}
    return FreshClassifier(model, find_fresh_modules(model, missing))


@contextmanager
def _quiet_loading():
    """Without transformers' report that the head is new: it is about to be trained, or comes with the adapter."""
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(level)


def find_fresh_modules(model: torch.nn.Module, missing_keys: set[str]) -> list[str]:
    """The modules that loading left without trained weights: the top-most ones all of whose parameters are missing.

    A fresh container that is nothing but one Linear (BERT's pooler) is named by that Linear, since PEFT can mix
    adapters within a batch only where the saved modules are plain layers.

    Args:
        model: the loaded classifier.
        missing_keys: parameter names that the checkpoint did not have.

    Returns:
        Module names in the model's order, e.g. ["bert.pooler.dense", "classifier"].

    Raises:
        SentimentError: a single parameter is missing from a module that is otherwise loaded; it cannot be saved.
    """
    fresh: list[str] = []
    covered: set[str] = set()
    for name, module in model.named_modules():
        if not name or any(name.startswith(f"{parent}.") for parent in fresh):
            continue
        parameters = {f"{name}.{key}" for key, _ in module.named_parameters()}
        if parameters and parameters <= missing_keys:
            fresh.append(name)
            covered |= parameters
    # Tied weights are reported missing though they are shared with loaded ones; named_parameters leaves them out.
    left = (missing_keys & {name for name, _ in model.named_parameters()}) - covered
    if left:
        raise SentimentError(
            f"The base lacks single weights of modules it otherwise has ({', '.join(sorted(left)[:3])}): "
            "its checkpoint is incomplete; fetch it again."
        )
    return [_only_linear(model, name) for name in fresh]


def _only_linear(model: torch.nn.Module, name: str) -> str:
    if name.endswith(PEFT_HEADS):
        return name
    layers = [(n, m) for n, m in model.get_submodule(name).named_modules() if list(m.parameters(recurse=False))]
    if len(layers) == 1 and layers[0][0] and isinstance(layers[0][1], torch.nn.Linear):
        return f"{name}.{layers[0][0]}"
    return name


def lora_config(
    fresh: FreshClassifier,
    target: str | list[str],
    *,
    r: int,
    alpha: int,
    upper_layers: int = 0,
    dropout: float = 0.0,
    use_rslora: bool = False,
) -> LoraConfig:
    """A new LoraConfig for one run: PEFT mutates the one it is given, so none is used twice.

    Args:
        fresh: the classifier and its fresh modules, which are saved whole and never targeted.
        target: "query", "query-value", "attention", "all-linear", or names of linear layers, with commas between
            them in a string.
        r: rank.
        alpha: the LoRA update is scaled by alpha / r, or alpha / sqrt(r) with `use_rslora`.
        upper_layers: adapt the last so many layers only; 0 for all.
        dropout: on the input of the LoRA update.
        use_rslora: rank-stabilised scaling (Kalajdzievski 2023, https://arxiv.org/abs/2312.03732).

    Raises:
        SentimentError: no layer of the base is named so; the message lists the ones there are. Or the base has not so
            many layers.
    """
    chosen = _targets(fresh, target)
    layers = _upper(chosen, upper_layers) if upper_layers else None
    suffixes = sorted({_suffix(name) for name in chosen})
    # A suffix can also name a layer that was not chosen (BERT's pooler ends in `dense` too).
    caught = {
        name
        for name, _ in fresh.model.named_modules()
        if any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes)
    }
    return LoraConfig(
        task_type=TaskType.SEQ_CLS,
        target_modules=suffixes,
        exclude_modules=sorted(caught - set(chosen)) or None,
        layers_to_transform=layers,
        # PEFT adds classifier and score itself; named here they would stand twice.
        modules_to_save=[name for name in fresh.fresh_modules if name not in PEFT_HEADS],
        r=r,
        lora_alpha=alpha,
        lora_dropout=dropout,
        use_rslora=use_rslora,
    )


def linear_layers(fresh: FreshClassifier) -> list[str]:
    """Names of the base's linear layers that LoRA can adapt: all but the fresh ones."""
    return [
        name
        for name, module in fresh.model.named_modules()
        if _is_linear(module)
        and not any(name == f or name.startswith(f"{f}.") for f in fresh.fresh_modules)
        and not name.split(".")[0].endswith(PEFT_HEADS)
    ]


def _is_linear(module: torch.nn.Module) -> bool:
    # SqueezeBERT writes linear layers as convolutions of width one; PEFT cannot merge into grouped ones.
    return isinstance(module, torch.nn.Linear) or (
        isinstance(module, torch.nn.Conv1d) and module.kernel_size == (1,) and module.groups == 1
    )


def _targets(fresh: FreshClassifier, target: str | list[str]) -> list[str]:
    linears = linear_layers(fresh)
    if target == "all-linear":
        chosen = linears
    elif target == "attention":
        # The layers beside a query projection: keys, values and, where it sits in the same module, the output.
        homes = {name.rpartition(".")[0] for name in linears if _last(name) in QUERY}
        chosen = [name for name in linears if name.rpartition(".")[0] in homes]
    elif target in ("query", "query-value"):
        wanted = QUERY if target == "query" else QUERY | VALUE
        chosen = [name for name in linears if _last(name) in wanted]
    else:
        names = [name.strip() for name in target.split(",")] if isinstance(target, str) else list(target)
        chosen = [name for name in linears if any(name == n or name.endswith(f".{n}") for n in names)]
        missed = [n for n in names if not any(name == n or name.endswith(f".{n}") for name in linears)]
        if missed:
            chosen = []
    if not chosen:
        there = ", ".join(sorted({_suffix(name) for name in linears})) or "none"
        raise SentimentError(
            f"LoRA target {target!r} names no linear layer of this {fresh.model.config.model_type} base. "
            f"Give one of {', '.join(TARGET_CHOICES)}, or names among: {there}."
        )
    return chosen


def _upper(names: list[str], count: int) -> list[int]:
    """The numbers of the last `count` layers."""
    numbers = [int(found[1]) for name in names if (found := LAYER.search(name))]
    there = max(numbers, default=-1) + 1
    if not 0 < count < there:
        raise SentimentError(f"upper_layers is {count}, and this base has {there} layers: give fewer, or 0 for all.")
    return list(range(there - count, there))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _suffix(name: str) -> str:
    """The part of a module's name behind its layer number: "attention.self.query"."""
    return LAYER.split(name)[-1]

"""Choose which linear layers of a base encoder LoRA adapts; each architecture has its own names for them."""

import re

import torch
from peft import LoraConfig, TaskType

from hf_sentiment.adapter.classifier import PEFT_HEADS, NewClassifier
from hf_sentiment.errors import SentimentError

# Names of the query projection and the value projection in the encoders of transformers. A projection that computes
# queries, keys and values in one product counts as both.
FUSED = {"in_proj", "Wqkv", "qkv", "qkv_proj", "query_key_value", "c_attn"}
QUERY = {"query", "q_lin", "q_proj", "q", "query_proj", "q_head", "q_attn", "Wq"} | FUSED
VALUE = {"value", "v_lin", "v_proj", "v", "value_proj", "v_head", "v_attn", "Wv"} | FUSED
LAYER = re.compile(r"\.(\d+)\.")
TARGET_CHOICES = ("query", "query-value", "attention", "all-linear")


def lora_config(
    classifier: NewClassifier,
    target: str | list[str],
    *,
    r: int,
    alpha: int,
    upper_layers: int = 0,
    dropout: float = 0.0,
    use_rslora: bool = False,
) -> LoraConfig:
    """Create the LoraConfig of one run; PEFT mutates it, so it must not be used twice.

    Args:
        classifier: its newly initialized modules are saved whole and never targeted.
        target: "query", "query-value", "attention", "all-linear", or names of linear layers (a list, or a string
            separated by commas).
        r: rank.
        alpha: the LoRA update is scaled by alpha / r, or alpha / sqrt(r) with `use_rslora`.
        upper_layers: adapt only this many of the last layers; 0 for all.
        dropout: on the input of the LoRA update.
        use_rslora: rank-stabilized scaling (Kalajdzievski 2023, https://arxiv.org/abs/2312.03732).

    Raises:
        SentimentError: no layer of the base has such a name (the message lists the names), or the base does not have
            that many layers.
    """
    chosen = _targets(classifier, target)
    layers = _upper(chosen, upper_layers) if upper_layers else None
    suffixes = sorted({_suffix(name) for name in chosen})
    # A suffix can also match a layer that was not chosen (BERT's pooler ends in `dense` too).
    caught = {
        name
        for name, _ in classifier.model.named_modules()
        if any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes)
    }
    return LoraConfig(
        task_type=TaskType.SEQ_CLS,
        target_modules=suffixes,
        exclude_modules=sorted(caught - set(chosen)) or None,
        layers_to_transform=layers,
        # PEFT adds classifier and score itself; naming them here would list them twice.
        modules_to_save=[name for name in classifier.new_modules if name not in PEFT_HEADS],
        r=r,
        lora_alpha=alpha,
        lora_dropout=dropout,
        use_rslora=use_rslora,
    )


def linear_layers(classifier: NewClassifier) -> list[str]:
    """Names of the base's linear layers that LoRA can adapt: all but those in newly initialized modules."""
    return [
        name
        for name, module in classifier.model.named_modules()
        if _is_linear(module)
        and not any(name == f or name.startswith(f"{f}.") for f in classifier.new_modules)
        and not name.split(".")[0].endswith(PEFT_HEADS)
    ]


def _is_linear(module: torch.nn.Module) -> bool:
    # SqueezeBERT writes linear layers as convolutions of width one; PEFT cannot merge into grouped ones.
    return isinstance(module, torch.nn.Linear) or (
        isinstance(module, torch.nn.Conv1d) and module.kernel_size == (1,) and module.groups == 1
    )


def _targets(classifier: NewClassifier, target: str | list[str]) -> list[str]:
    linears = linear_layers(classifier)
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
            f"LoRA target {target!r} names no linear layer of this {classifier.model.config.model_type} base. "
            f"Give one of {', '.join(TARGET_CHOICES)}, or names from this list: {there}."
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
    """The part of a module's name after its layer number: "attention.self.query"."""
    return LAYER.split(name)[-1]

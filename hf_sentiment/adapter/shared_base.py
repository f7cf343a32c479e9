"""Several adapters on ONE copy of their base, within PEFT's limits."""

import threading
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, PreTrainedModel, PreTrainedTokenizerBase

from hf_sentiment.adapter.attaching import attach_adapter
from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.classifier import NewClassifier, load_classifier
from hf_sentiment.adapter.loading import describe_adapter
from hf_sentiment.adapter.weights import AdapterWeights
from hf_sentiment.core.config import SentimentConfig

# Layers that PEFT's ModulesToSaveWrapper can run with a different adapter for each row of a batch.
MIXABLE = (torch.nn.Linear, torch.nn.Embedding, torch.nn.Conv1d)


@dataclass
class AdapterGroup:
    """Adapters that live in one PeftModel: their heads have the same number of labels.

    Attributes:
        model: the PeftModel.
        mixable: whether each row of a batch can have its own adapter. If a whole block is saved with the adapter
            (RoBERTa's head), PEFT does not support this, and rows are grouped by adapter instead.
        lock: held while the model runs. PEFT keeps in the model which adapter a row is for, so two threads would mix
            up their adapters.
    """

    model: PeftModel
    mixable: bool
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """The state for pickle, without the lock."""
        return {"model": self.model, "mixable": self.mixable}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, lock=threading.Lock())


@dataclass
class SharedAdapter:
    """One of several adapters.

    Attributes:
        key: its name within the PeftModel, which must not contain dots.
        config, tokenizer: its own.
        group: the PeftModel it shares with the adapters of the same shape.
    """

    key: str
    config: SentimentConfig
    tokenizer: PreTrainedTokenizerBase
    group: AdapterGroup


class SharedBase:
    """Adds adapters one after another, and keeps one copy of the tensors of their base."""

    def __init__(self, base: Base, trust_remote_code: bool) -> None:
        self.base = base
        self.trust_remote_code = trust_remote_code
        self.groups: dict[tuple[Any, ...], AdapterGroup] = {}
        self._first: NewClassifier | None = None
        self._tensors: dict[str, torch.Tensor] = {}
        self._count = 0

    def add(self, weights: AdapterWeights, *, alone: bool = False) -> SharedAdapter:
        """Add an adapter to the group with its shape, or start a new group.

        Args:
            weights: the adapter.
            alone: start a group of its own, so that the models of the others, which may be running, do not change.

        Raises:
            SentimentError: see `attach_adapter`.
        """
        tokenizer, config = describe_adapter(weights, self.base, trust_remote_code=self.trust_remote_code)
        key = f"adapter{self._count}"
        self._count += 1
        mixes = _mixes(weights)
        saved = frozenset(getattr(weights.config, "modules_to_save", ()))
        shape = (len(config.labels), config.problem_type, saved, mixes, key if alone else None)
        group = self.groups.get(shape)
        classifier = self._classifier(config, group)
        model = attach_adapter(weights, classifier, self.base, onto=group.model if group else None, name=key).eval()
        if group is None:
            group = self.groups[shape] = AdapterGroup(model, mixes and _heads_mix(model))
        return SharedAdapter(key, config, tokenizer, group)

    def remove(self, adapter: SharedAdapter) -> None:
        """Remove an adapter that nobody uses any more, and free its memory."""
        shape = next(shape for shape, group in self.groups.items() if group is adapter.group)
        if len(adapter.group.model.peft_config) == 1:
            del self.groups[shape]
            return
        with adapter.group.lock:
            adapter.group.model.delete_adapter(adapter.key)

    def _classifier(self, config: SentimentConfig, group: AdapterGroup | None) -> NewClassifier:
        if self._first is None:
            self._first = load_classifier(self.base, config, trust_remote_code=self.trust_remote_code)
            # Collected before PEFT wraps the layers and renames their tensors.
            self._tensors = dict(self._first.model.named_parameters()) | dict(self._first.model.named_buffers())
            return self._first
        if group is not None:
            # PEFT accepts a PeftModel here, and `attach_adapter` passes it to nothing else.
            return NewClassifier(cast(PreTrainedModel, group.model), self._first.new_modules)
        return _with_tensors_of(self._first, self._tensors, config)


def _mixes(weights: AdapterWeights) -> bool:
    # PEFT refuses DoRA and trained biases in a batch of several adapters.
    return not getattr(weights.config, "use_dora", False) and getattr(weights.config, "bias", "none") == "none"


def _heads_mix(model: PeftModel) -> bool:
    wrapped = [module.original_module for module in model.modules() if hasattr(module, "original_module")]
    return all(isinstance(module, MIXABLE) for module in wrapped)


def _with_tensors_of(first: NewClassifier, tensors: dict[str, torch.Tensor], config: SentimentConfig) -> NewClassifier:
    """A classifier for other labels that shares the base tensors of an existing one."""
    model_config: Any = type(first.model.config).from_dict(first.model.config.to_dict())
    model_config.num_labels = len(config.labels)
    model_config.id2label = config.id2label
    model_config.problem_type = config.problem_type
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(model_config, dtype=torch.float32)
    saved = model.state_dict().keys()
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        owner, _, last = name.rpartition(".")
        module = model.get_submodule(owner)
        if any(name.startswith(f"{new}.") for new in first.new_modules):
            # The head for the other labels: its weights are loaded with the adapter.
            setattr(module, last, torch.nn.Parameter(torch.zeros(value.shape), requires_grad=False))
        elif isinstance(value, torch.nn.Parameter):
            setattr(module, last, tensors[name])
        else:
            module.register_buffer(last, tensors[name], persistent=name in saved)
    return NewClassifier(model.eval(), first.new_modules)

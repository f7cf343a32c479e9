"""Several adapters on one base: ONE copy of the base in memory, one adapter named per review, or all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerBase

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.classifier import FreshClassifier, load_classifier
from hf_sentiment.adapter.folder import AdapterWeights, find_adapter, read_weights
from hf_sentiment.adapter.loading import attach_adapter, describe_adapter, locate_base_of
from hf_sentiment.core.answers import answer
from hf_sentiment.core.batching import encode, in_chunks, score_encoded
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.review import as_review

# What PEFT's ModulesToSaveWrapper can run with another adapter for each row of a batch.
MIXABLE = (torch.nn.Linear, torch.nn.Embedding, torch.nn.Conv1d)


@dataclass
class Member:
    """One of several adapters.

    Attributes:
        key: its name within the PeftModel, which may hold no dots.
        config, tokenizer: its own.
        group: the PeftModel it shares with the adapters of the same shape.
    """

    key: str
    config: SentimentConfig
    tokenizer: PreTrainedTokenizerBase
    group: "Group"


@dataclass
class Group:
    """Adapters that live in one PeftModel: their heads have the same number of labels.

    Attributes:
        model: the PeftModel.
        mixable: whether rows of one batch can each have their own adapter. Where a whole block is saved with the
            adapter (RoBERTa's head), PEFT cannot, and rows are grouped by adapter instead.
    """

    model: PeftModel
    mixable: bool


class MultiAdapterPipeline:
    """Classifies reviews with several adapters that share one base.

    Attributes:
        members: adapter name -> Member.
        base: the base that all of them are on.
    """

    def __init__(self, members: dict[str, Member], base: Base):
        self.members = members
        self.base = base

    def __call__(self, inputs, adapter: str | list[str] | None = None, **options):
        """Classify one review or many.

        Args:
            inputs: a review as the pipeline takes it, or an iterable of them. A mapping may name its "adapter".
            adapter: one name for all reviews, or one name per review; by default each review's own, and where it
                names none, every adapter answers.
            **options: `top_k`, `function_to_apply`, `present` and `target_error`, as in SentimentPipeline.

        Returns:
            One answer per review, in order, in the format of SentimentPipeline; where every adapter answers, a
            dictionary of adapter name -> answer. One review gives one answer.

        Raises:
            SentimentError: a review is not one, an adapter's name is not known, or `explain` is asked for.
        """
        if options.pop("explain", False):
            raise SentimentError("explain=True takes an adapter that is loaded alone: hf_sentiment.load(ADAPTER).")
        options["single"] = "top_k" not in options
        if isinstance(inputs, str | Mapping):
            return next(self._answers([inputs], [adapter] if isinstance(adapter, str) else adapter, options))
        if isinstance(adapter, list) and len(inputs) != len(adapter):
            raise SentimentError(f"{len(adapter)} adapters are named for {len(inputs)} reviews: name one for each.")
        return list(self._answers(inputs, adapter, options))

    def _answers(self, inputs: Iterable, adapter, options: dict):
        position = 0
        for chunk in in_chunks(inputs):
            reviews = [as_review(item, position + index) for index, item in enumerate(chunk)]
            jobs = []
            for index, item in enumerate(chunk):
                named = adapter[position + index] if isinstance(adapter, list) else adapter
                named = named or (item.get("adapter") if isinstance(item, Mapping) else None)
                jobs += [(index, name) for name in ([self._known(named)] if named else self.members)]
            logits = self._logits([(name, reviews[index]) for index, name in jobs])
            answers: list[dict] = [{} for _ in chunk]
            for (index, name), row in zip(jobs, logits, strict=True):
                answers[index][name] = answer(row, self.members[name].config, **options)
            for index, item in enumerate(chunk):
                named = adapter or (item.get("adapter") if isinstance(item, Mapping) else None)
                yield next(iter(answers[index].values())) if named else answers[index]
            position += len(chunk)

    def _known(self, name: str) -> str:
        if name not in self.members:
            raise SentimentError(f"No adapter {name!r} is loaded; there are {', '.join(self.members)}.")
        return name

    def _logits(self, jobs: list[tuple[str, tuple]]) -> list[np.ndarray]:
        """Calibrated logits of (adapter name, review) pairs, in their order."""
        logits: list[np.ndarray] = [np.empty(0)] * len(jobs)
        for part in self._parts(jobs):
            members = [self.members[jobs[index][0]] for index in part]
            rows = _encode_for(members, [jobs[index][1] for index in part])
            group = members[0].group
            if not group.mixable:
                group.model.set_adapter(members[0].key)

            def run(batches, group=group, members=members):
                for indices, batch in batches:
                    named = {"adapter_names": [members[index].key for index in indices]} if group.mixable else {}
                    tensors = {key: torch.from_numpy(value).to(group.model.device) for key, value in batch.items()}
                    with torch.inference_mode():
                        yield indices, group.model(**tensors, **named).logits.float().cpu().numpy()

            scored = score_encoded(rows, members[0].tokenizer, run)
            for index, member, row in zip(part, members, scored, strict=True):
                logits[index] = row / member.config.temperature
        return logits

    def _parts(self, jobs: list[tuple[str, tuple]]) -> list[list[int]]:
        """Indices of jobs that can go through a model together."""
        parts: dict[tuple, list[int]] = {}
        for index, (name, _) in enumerate(jobs):
            member = self.members[name]
            parts.setdefault((id(member.group), member.group.mixable or name), []).append(index)
        return list(parts.values())


def _encode_for(members: list[Member], reviews: list[tuple]) -> list[dict[str, list[int]]]:
    """Each review in its adapter's own template, tokenizer and window; one call per adapter, not per review."""
    rows: list[dict] = [{}] * len(members)
    for member in {each.key: each for each in members}.values():
        mine = [index for index, each in enumerate(members) if each.key == member.key]
        texts = [member.config.render(*reviews[index]) for index in mine]
        for index, row in zip(mine, encode(texts, member.tokenizer, member.config.max_length), strict=True):
            rows[index] = row
    return rows


def load_many(
    adapters: list[str | Path] | Mapping[str, str | Path],
    *,
    base_model: str | None = None,
    device: int | str | torch.device | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
) -> MultiAdapterPipeline:
    """Load several adapters of one base.

    Args:
        adapters: Hub ids, folders or "default"; as a mapping, under names of your own.
        base_model: a folder or Hub id to take the base from.
        device: where the model goes; an accelerator where there is one.
        token: for private repositories.
        local_files_only: do not ask the Hub.
        trust_remote_code: allow a base that brings its own Python code.

    Raises:
        SentimentError: see `load_adapter`; or the adapters are on different bases.
    """
    named = dict(adapters) if isinstance(adapters, Mapping) else {str(adapter): adapter for adapter in adapters}
    if not named:
        raise SentimentError("No adapter is named: give one or more.")
    options = {"token": token, "local_files_only": local_files_only}
    weights = {name: read_weights(find_adapter(adapter, **options)) for name, adapter in named.items()}
    options["trust_remote_code"] = trust_remote_code
    bases = {name: locate_base_of(each, base_model, **options) for name, each in weights.items()}
    first, base = next(iter(bases.items()))
    for name, other in bases.items():
        if other.path != base.path:
            raise SentimentError(f"The adapters are on different bases: {first} on {base}, {name} on {other}.")
    shelf = _Shelf(base, trust_remote_code)
    members = {name: shelf.add(each) for name, each in weights.items()}
    for group in shelf.groups.values():
        group.model.to(
            device if device is not None else torch.accelerator.current_accelerator(check_available=True) or "cpu"
        )
    return MultiAdapterPipeline(members, base)


class _Shelf:
    """Takes adapters in, one after the other, and keeps the tensors of their base once."""

    def __init__(self, base: Base, trust_remote_code: bool):
        self.base = base
        self.trust_remote_code = trust_remote_code
        self.groups: dict[tuple, Group] = {}
        self.shared: FreshClassifier | None = None
        self.tensors: dict[str, torch.Tensor] = {}
        self.count = 0

    def add(self, weights: AdapterWeights) -> Member:
        """Put an adapter beside those of its shape, or begin a group for it."""
        tokenizer, config = describe_adapter(weights, self.base, trust_remote_code=self.trust_remote_code)
        key = f"adapter{self.count}"
        self.count += 1
        mixes = _mixes(weights)
        shape = (len(config.labels), config.problem_type, frozenset(weights.config.modules_to_save), mixes)
        group = self.groups.get(shape)
        fresh = self._classifier(config) if group is None else FreshClassifier(group.model, self.shared.fresh_modules)
        model = attach_adapter(weights, fresh, self.base, onto=group.model if group else None, name=key).eval()
        if group is None:
            group = self.groups[shape] = Group(model, mixes and _heads_mix(model))
        return Member(key, config, tokenizer, group)

    def _classifier(self, config: SentimentConfig) -> FreshClassifier:
        if self.shared is not None:
            return _share(self.shared, self.tensors, config)
        self.shared = load_classifier(self.base, config, trust_remote_code=self.trust_remote_code)
        # Named before PEFT wraps the layers and renames them.
        self.tensors = dict(self.shared.model.named_parameters()) | dict(self.shared.model.named_buffers())
        # The configuration and the class are what is needed of it later on; PEFT changes the model itself.
        return self.shared


def _mixes(weights: AdapterWeights) -> bool:
    # PEFT refuses DoRA and trained biases in a batch of several adapters.
    return not getattr(weights.config, "use_dora", False) and getattr(weights.config, "bias", "none") == "none"


def _heads_mix(model: PeftModel) -> bool:
    wrapped = [module.original_module for module in model.modules() if hasattr(module, "original_module")]
    return all(isinstance(module, MIXABLE) for module in wrapped)


def _share(shared: FreshClassifier, tensors: dict[str, torch.Tensor], config: SentimentConfig) -> FreshClassifier:
    """A classifier for other labels whose base is the very tensors of one that is there already."""
    model_config = type(shared.model.config).from_dict(shared.model.config.to_dict())
    model_config.num_labels = len(config.labels)
    model_config.id2label = config.id2label
    model_config.problem_type = config.problem_type
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(model_config, dtype=torch.float32)
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        owner, _, last = name.rpartition(".")
        module = model.get_submodule(owner)
        if any(name.startswith(f"{fresh}.") for fresh in shared.fresh_modules):
            # The head of other labels: its weights come with the adapter.
            setattr(module, last, torch.nn.Parameter(torch.zeros(value.shape), requires_grad=False))
        elif isinstance(value, torch.nn.Parameter):
            setattr(module, last, tensors[name])
        else:
            module.register_buffer(last, tensors[name], persistent=last not in module._non_persistent_buffers_set)
    return FreshClassifier(model.eval(), shared.fresh_modules)

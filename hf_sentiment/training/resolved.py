"""ResolvedArguments: the options of one run after its recipe is applied, grouped by what they configure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hf_sentiment.errors import SentimentError


def _flat(name: str) -> dict[str, str]:
    """The metadata of a field whose option has this longer name in TrainArguments, where there are no groups."""
    return {"flat": name}


@dataclass(frozen=True)
class DataArguments:
    """Which reviews a run reads, see `hf_sentiment.reviews.dataset.load_reviews`."""

    dataset: str
    config: str | None = field(metadata=_flat("dataset_config"))
    revision: str | None = field(metadata=_flat("dataset_revision"))
    text_column: str | None
    title_column: str | None
    label_column: str | None
    slice_columns: str | None
    labels: str | None
    # A recipe may give a mapping.
    label_map: str | dict[Any, Any] | None
    header: bool
    validation_file: str | None
    test_file: str | None
    unlabelled: str | None
    rejects: str | None
    train_size: int | None
    validation_size: int | None
    test_size: int | None
    streaming: bool


@dataclass(frozen=True)
class BaseArguments:
    """The base encoder, its window in tokens and its own dropout (None: as in the base's config)."""

    model: str = field(metadata=_flat("base_model"))
    revision: str | None = field(metadata=_flat("base_revision"))
    hub_id: str | None = field(metadata=_flat("base_model_id"))
    trust_remote_code: bool
    max_length: int
    dropout: float | None


@dataclass(frozen=True)
class LoraArguments:
    """The LoRA layers, see `hf_sentiment.adapter.lora_targets.lora_config`, and where they and the head start."""

    init_adapter: str | None
    fit_head: str
    wake: str
    target_modules: str
    upper_layers: int
    r: int = field(metadata=_flat("lora_r"))
    alpha: int = field(metadata=_flat("lora_alpha"))
    dropout: float = field(metadata=_flat("lora_dropout"))
    use_rslora: bool


@dataclass(frozen=True)
class OptimizerArguments:
    """AdamW, its learning rate, and the regularization beside LoRA's own dropout."""

    learning_rate: float
    lr_scheduler: str
    warmup_ratio: float
    weight_decay: float
    label_smoothing: float
    word_dropout: float
    ema_decay: float


@dataclass(frozen=True)
class ScheduleArguments:
    """Batches, the number of steps, how often the run evaluates, and by which metric it selects the epoch."""

    batch_size: int
    group_by_length: bool
    epochs: float
    max_steps: int
    min_steps: int
    eval_steps: int
    patience: int

    @property
    def trains(self) -> bool:
        """Whether there is a step of training; without one, the encoder stays as it is."""
        return self.epochs > 0 or self.max_steps > 0

    choose_by: str


@dataclass(frozen=True)
class RunArguments:
    """Where a run writes and how it computes."""

    recipe: str
    output_dir: str
    overwrite: bool
    resume: bool
    seed: int
    bf16: bool
    use_cpu: bool

    @property
    def folder(self) -> Path:
        """The adapter folder, with "~" expanded."""
        return Path(self.output_dir).expanduser()


@dataclass(frozen=True)
class PublishArguments:
    """What the card and the report say, and where the adapter is published."""

    license: str
    language: str
    report_texts: bool
    push_to_hub: str | None
    private: bool


@dataclass(frozen=True)
class ResolvedArguments:
    """All options of one run; None only where an option may really be absent."""

    data: DataArguments
    base: BaseArguments
    lora: LoraArguments
    optimizer: OptimizerArguments
    schedule: ScheduleArguments
    run: RunArguments
    publish: PublishArguments

    @classmethod
    def from_flat(cls, options: Mapping[str, Any]) -> ResolvedArguments:
        """Group options that are given by the names they have in TrainArguments."""
        groups: dict[str, dict[str, Any]] = {}
        for flat, (group, name) in PLACES.items():
            groups.setdefault(group, {})[name] = options[flat]
        return cls(**{group: GROUPS[group](**values) for group, values in groups.items()})

    def flat(self) -> dict[str, Any]:
        """All options by the names they have in TrainArguments."""
        return {flat: getattr(getattr(self, group), name) for flat, (group, name) in PLACES.items()}

    def with_options(self, **options: Any) -> ResolvedArguments:
        """A copy with some options changed, by the names they have in TrainArguments.

        Raises:
            SentimentError: there is no such option.
        """
        if unknown := sorted(options.keys() - PLACES.keys()):
            raise SentimentError(f"There is no training option {unknown[0]!r}: see hf-sentiment train --help.")
        changes: dict[str, dict[str, Any]] = {}
        for flat, value in options.items():
            group, name = PLACES[flat]
            changes.setdefault(group, {})[name] = value
        return replace(self, **{group: replace(getattr(self, group), **values) for group, values in changes.items()})


GROUPS: dict[str, type] = {
    "data": DataArguments,
    "base": BaseArguments,
    "lora": LoraArguments,
    "optimizer": OptimizerArguments,
    "schedule": ScheduleArguments,
    "run": RunArguments,
    "publish": PublishArguments,
}


def _places() -> Iterator[tuple[str, tuple[str, str]]]:
    for group, kind in GROUPS.items():
        for each in fields(kind):
            yield each.metadata.get("flat", each.name), (group, each.name)


# The name of an option in TrainArguments -> its group, and its name there.
PLACES: dict[str, tuple[str, str]] = dict(_places())

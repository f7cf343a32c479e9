"""What a run stands on: its reviews, base, tokenizer and config, and the untrained classifier with its LoRA layers."""

import importlib.metadata
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model
from transformers import AutoTokenizer, PreTrainedTokenizerBase, TrainingArguments

from hf_sentiment.adapter.base_model import Base, locate_base
from hf_sentiment.adapter.classifier import FreshClassifier, load_classifier, lora_config
from hf_sentiment.adapter.foreign import window_of
from hf_sentiment.adapter.last_layer import spare_last_layer
from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import Reviews, load_reviews
from hf_sentiment.reviews.labels import parse_names
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.streaming import stream_reviews
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.init_adapter import go_on_from
from hf_sentiment.training.speedups.frozen_linear import FrozenLinear
from hf_sentiment.training.word_dropout import drop_words

PACKAGES = ("hf-sentiment", "transformers", "peft", "accelerate", "datasets", "torch")


@dataclass
class RunSetup:
    """What the trials of a search share, and a single run has alone.

    Attributes:
        arguments: resolved.
        reviews: training, validation and test rows.
        base: where the base encoder is.
        tokenizer: the base's, with the run's window.
        config: what the adapter will know about itself.
    """

    arguments: TrainArguments
    reviews: Reviews
    base: Base
    tokenizer: PreTrainedTokenizerBase
    config: SentimentConfig

    def classifier(self) -> FreshClassifier:
        """The untrained classifier; its fresh modules are drawn from torch's global generator."""
        fresh = load_classifier(self.base, self.config, trust_remote_code=self.arguments.trust_remote_code)
        spare_last_layer(fresh.model)
        if self.arguments.dropout is not None:
            for module in fresh.model.modules():
                if isinstance(module, torch.nn.Dropout):
                    module.p = self.arguments.dropout
        return fresh


def prepare(arguments: TrainArguments, command: str, options: TrainingArguments) -> RunSetup:
    """Read the reviews and find the base.

    Args:
        arguments: resolved.
        command: what trains the same adapter again; kept in its provenance.
        options: whose first process fills the data set and model caches, while the others wait and then read them.

    Raises:
        SentimentError: see `load_reviews` and `locate_base`.
    """
    with options.main_process_first(desc="reading reviews"):
        reviews = _load(arguments)
        base = _locate(arguments)
    tokenizer = _tokenizer(base, arguments)
    config = _sentiment_config(arguments, reviews, base, command)
    tokenizer.model_max_length = config.max_length
    return RunSetup(arguments, reviews, base, tokenizer, config)


def adapt(fresh: FreshClassifier, setup: RunSetup) -> PeftModel:
    """Put the LoRA layers that the arguments ask for on a classifier, and make it ready for training.

    Raises:
        SentimentError: the targets name no layer, PEFT cannot adapt them, or the adapter to start from does not fit.
    """
    arguments = setup.arguments
    if arguments.init_adapter:
        model = go_on_from(arguments.init_adapter, fresh, setup.base, setup.config)
    else:
        model = _with_new_layers(fresh, arguments)
    if arguments.word_dropout:
        drop_words(model, arguments.word_dropout)
    device = training_device(arguments)
    if device.type == "cpu":
        # torch's fused attention takes 21 ms for the backward pass of a layer of MiniLM (16 reviews of some 110 tokens,
        # bf16) where the same sums written out take 6.
        fresh.model.set_attn_implementation("eager")
    if arguments.bf16 and has_bf16(device):
        _hold_in_bf16(model)
    return model


def _hold_in_bf16(model: PeftModel) -> None:
    """Frozen weights in bf16: autocast would cast them anew at every call, and add up the layers in float32."""
    for module in model.modules():
        # Of the norms torch wants the weights in float32, whatever they are given.
        if "Norm" not in type(module).__name__:
            for parameter in module.parameters(recurse=False):
                if not parameter.requires_grad:
                    parameter.data = parameter.data.bfloat16()


def _with_new_layers(fresh: FreshClassifier, arguments: TrainArguments) -> PeftModel:
    lora = lora_config(
        fresh,
        arguments.target_modules,
        upper_layers=arguments.upper_layers,
        r=arguments.lora_r,
        alpha=arguments.lora_alpha,
        dropout=arguments.lora_dropout,
        use_rslora=arguments.use_rslora,
    )
    # PEFT's way to a layer of one's own; what is saved is an ordinary adapter.
    lora._register_custom_module({torch.nn.Linear: FrozenLinear})
    try:
        return get_peft_model(fresh.model, lora)
    except ValueError as error:
        raise SentimentError(f"PEFT cannot adapt this base so: {error}") from error


def training_device(arguments: TrainArguments) -> torch.device:
    """Where a run trains: the accelerator, where there is one and the CPU was not asked for."""
    found = None if arguments.use_cpu else torch.accelerator.current_accelerator(check_available=True)
    return found or torch.device("cpu")


def device_name(device: torch.device) -> str:
    """What a card calls the device: "2 CPU threads", or the accelerator's own name."""
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return "one CPU thread" if threads == 1 else f"{threads} CPU threads"
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def count_trainable(model: torch.nn.Module) -> dict[str, int]:
    """Trained parameters by group: LoRA by the layer it adapts, and each module that is trained whole."""
    groups: Counter[str] = Counter()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            path = name.removeprefix("base_model.model.")
            if ".lora_" in path:
                groups[f"LoRA {path.split('.lora_')[0].rpartition('.')[2]}"] += parameter.numel()
            else:
                groups[path.split(".modules_to_save.")[0]] += parameter.numel()
    return dict(groups)


def _load(arguments: TrainArguments) -> Reviews:
    slices = tuple(parse_names(arguments.slice_columns)) if arguments.slice_columns else None
    options = DataOptions(
        arguments.dataset,
        config=arguments.dataset_config,
        revision=arguments.dataset_revision,
        columns=Columns(arguments.text_column, arguments.title_column, arguments.label_column, slices),
        labels=arguments.labels,
        label_map=arguments.label_map,
        train_size=arguments.train_size,
        validation_size=arguments.validation_size,
        test_size=arguments.test_size,
        seed=arguments.seed,
    )
    return stream_reviews(options, epochs=arguments.epochs) if arguments.streaming else load_reviews(options)


def _locate(arguments: TrainArguments) -> Base:
    if Path(arguments.base_model).expanduser().is_dir() and not arguments.base_model_id:
        raise SentimentError(
            f"The base {arguments.base_model} is a folder of this machine, which an adapter must not name: "
            "give the Hub id that others load it from with --base-model-id."
        )
    return locate_base(
        arguments.base_model,
        arguments.base_revision,
        hub_id=arguments.base_model_id,
        trust_remote_code=arguments.trust_remote_code,
    )


def _tokenizer(base: Base, arguments: TrainArguments) -> PreTrainedTokenizerBase:
    try:
        return AutoTokenizer.from_pretrained(base.path, trust_remote_code=arguments.trust_remote_code)
    except (OSError, ValueError) as error:
        raise SentimentError(f"The base {base.id} has no tokenizer that transformers can read.") from error


def _sentiment_config(arguments: TrainArguments, reviews: Reviews, base: Base, command: str) -> SentimentConfig:
    told = {key: value for key, value in asdict(arguments).items() if value is not None}
    for key in ("output_dir", "overwrite", "resume", "push_to_hub", "private", "base_model"):
        told.pop(key, None)
    if arguments.init_adapter and Path(arguments.init_adapter).expanduser().is_dir():
        told["init_adapter"] = Path(arguments.init_adapter).name
    return SentimentConfig(
        labels=reviews.labels,
        problem_type=reviews.problem_type,
        max_length=min(arguments.max_length, window_of(base)),
        base=base.record(),
        versions={name: importlib.metadata.version(name) for name in PACKAGES},
        provenance={
            "dataset": reviews.source,
            "rows": reviews.rows,
            "notes": reviews.notes,
            "arguments": {**told, "dataset": reviews.source},
            "command": command,
        },
    )

"""ONE adapter: load it whole or not at all, save it, merge it."""

from dataclasses import dataclass, replace
from pathlib import Path

from peft import PeftModel, PeftModelForSequenceClassification, set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from hf_sentiment.adapter import foreign
from hf_sentiment.adapter.base_model import Base, locate_base
from hf_sentiment.adapter.classifier import FreshClassifier, load_classifier
from hf_sentiment.adapter.folder import AdapterWeights, read_weights
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.errors import SentimentError, first_line


@dataclass
class LoadedAdapter:
    """An adapter as it was trained, on its base.

    Attributes:
        model: the PeftModel, in float32 and evaluation mode.
        tokenizer: as used in training.
        config: labels, template, window, calibration.
        base: where the base came from.
        folder: the local folder the adapter was read from.
        merged: the stock classifier, once `merge` was called.
    """

    model: PeftModel
    tokenizer: PreTrainedTokenizerBase
    config: SentimentConfig
    base: Base
    folder: Path
    merged: PreTrainedModel | None = None

    def merge(self) -> PreTrainedModel:
        """The stock classifier with the LoRA weights added into the base's; the PeftModel is used up by it."""
        if self.merged is None:
            self.merged = self.model.merge_and_unload()
        return self.merged


def load_adapter(
    folder: str | Path,
    *,
    base_model: str | None = None,
    labels: list[str] | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
) -> LoadedAdapter:
    """Load an adapter folder with everything it was trained with, and nothing random.

    Args:
        folder: the adapter folder.
        base_model: a folder or Hub id to take the base from, instead of the one that the adapter names.
        labels: names for the head's outputs, instead of the adapter's own; for adapters that came without names.
        token: for a private base.
        local_files_only: do not ask the Hub for the base.
        trust_remote_code: allow a base that brings its own Python code.

    Raises:
        SentimentError: a file is missing or damaged, the base does not fit, or any weight would be left random.
    """
    weights = read_weights(folder)
    base = locate_base_of(
        weights,
        base_model,
        token=token,
        local_files_only=local_files_only,
        trust_remote_code=trust_remote_code,
    )
    tokenizer, config = describe_adapter(weights, base, labels=labels, trust_remote_code=trust_remote_code)
    fresh = load_classifier(base, config, trust_remote_code=trust_remote_code)
    model = attach_adapter(weights, fresh, base)
    return LoadedAdapter(model.eval(), tokenizer, config, base, weights.folder)


def locate_base_of(weights: AdapterWeights, base_model: str | None = None, **options) -> Base:
    """The base that an adapter names, or the one given in its place; options as of `locate_base`."""
    named = weights.config.base_model_name_or_path
    return locate_base(base_model or named, None if base_model else weights.config.revision, hub_id=named, **options)


def describe_adapter(
    weights: AdapterWeights, base: Base, *, labels: list[str] | None = None, trust_remote_code: bool = False
) -> tuple[PreTrainedTokenizerBase, SentimentConfig]:
    """An adapter's tokenizer and SentimentConfig, or what can be read off its weights where it has none.

    Raises:
        SentimentError: they cannot be read, or the labels do not cover the head.
    """
    tokenizer = _load_tokenizer(weights.folder, base, trust_remote_code)
    rows = foreign.head_rows(base, weights.state, trust_remote_code)
    config = _sentiment_config(weights.folder, rows, tokenizer, base, labels)
    tokenizer.model_max_length = config.max_length
    return tokenizer, config


def _sentiment_config(
    folder: Path, rows: int | None, tokenizer: PreTrainedTokenizerBase, base: Base, labels: list[str] | None
) -> SentimentConfig:
    if (folder / FILE_NAME).is_file():
        config = SentimentConfig.load(folder)
    else:
        config = foreign.infer_config(folder, rows, tokenizer, base, named=labels is not None)
    if labels is not None:
        config = replace(config, labels=list(labels), thresholds=None)
    if rows is not None and rows != len(config.labels):
        source = "labels=" if labels is not None else str(folder / FILE_NAME)
        raise SentimentError(
            f"{source} names {len(config.labels)} labels ({', '.join(config.labels)}), but the adapter's head has "
            f"{rows} outputs; name each of them once, in the head's order."
        )
    return config


def attach_adapter(
    weights: AdapterWeights, fresh: FreshClassifier, base: Base, onto: PeftModel | None = None, name: str = "default"
) -> PeftModel:
    """Put an adapter's weights on a classifier, or beside the adapters that a PeftModel already has.

    Args:
        weights: the adapter's.
        fresh: the classifier, and which of its modules the base does not have.
        base: for messages.
        onto: a PeftModel made from the same classifier; a new one is made without it.
        name: the adapter's name within the PeftModel, without dots.

    Raises:
        SentimentError: the weights do not fit, or would leave some of the classifier's random.
    """
    folder, state = weights.folder, weights.state
    try:
        if onto is None:
            model = PeftModelForSequenceClassification(fresh.model, weights.config, adapter_name=name)
        else:
            model = onto
            model.add_adapter(name, weights.config)
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
            f"{'has another shape there' if wrong else 'is not part of it'}. Give the base it was trained on."
        )
    head = [f"base_model.model.{name}." for name in fresh.fresh_modules]
    covered = [prefix for prefix in head if any(key.startswith(prefix) for key in state)]
    missing = sorted(set(expected) - set(state)) + sorted(set(head) - set(covered))
    if missing:
        names = ", ".join(key.removeprefix("base_model.model.").rstrip(".") for key in missing[:4])
        raise SentimentError(
            f"The adapter {folder.name} lacks {names}, which the base {base.id} does not have either: these weights "
            "would be random, and so would its answers. Train it again with them in modules_to_save."
        )
    set_peft_model_state_dict(model, state, adapter_name=name)
    return model


def save_adapter(model: PeftModel, tokenizer: PreTrainedTokenizerBase, config: SentimentConfig, folder: Path) -> None:
    """Write an adapter folder in PEFT's own format, with sentiment_config.json and the tokenizer beside it.

    Args:
        model: the trained PeftModel, adapter name "default".
        tokenizer: as used in training.
        config: its `base` names the Hub id and, where known, the revision that the adapter will name.
        folder: made where missing.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    peft_config = model.peft_config["default"]
    peft_config.base_model_name_or_path = config.base["id"]
    peft_config.revision = config.base.get("revision")
    # Sets, and PEFT's own additions to the list, would make two runs differ in a file that says the same.
    peft_config.target_modules = sorted(peft_config.target_modules)
    saved = {name.split(".modules_to_save.")[0] for name, _ in model.named_parameters() if ".modules_to_save." in name}
    peft_config.modules_to_save = sorted({n for n in peft_config.modules_to_save if any(s.endswith(n) for s in saved)})
    # With embedding layers left to "auto", PEFT asks the Hub for the base's vocabulary.
    model.save_pretrained(folder, save_embedding_layers=False)
    tokenizer.save_pretrained(folder)
    config.save(folder)
    # PEFT writes a card of its own; ours comes last, or not at all.
    (folder / "README.md").unlink(missing_ok=True)


def _load_tokenizer(folder: Path, base: Base, trust_remote_code: bool) -> PreTrainedTokenizerBase:
    own = (folder / "tokenizer_config.json").is_file()
    try:
        return AutoTokenizer.from_pretrained(str(folder) if own else base.path, trust_remote_code=trust_remote_code)
    except Exception as error:  # noqa: BLE001 - the tokenizers library raises bare Exception
        where = folder if own else f"the base {base.id}"
        raise SentimentError(f"The tokenizer of {where} cannot be read ({first_line(error)}).") from error

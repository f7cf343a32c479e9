"""ONE adapter folder: find it, load it whole or not at all, save it, merge it."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import OfflineModeIsEnabled
from peft import PeftConfig, PeftModel, PeftModelForSequenceClassification, set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from hf_sentiment import foreign
from hf_sentiment.bases import SAFE_FILES, Base, first_line, locate_base
from hf_sentiment.classifier import PEFT_HEADS, load_classifier
from hf_sentiment.config import FILE_NAME, SentimentConfig
from hf_sentiment.errors import SentimentError

DEFAULT = "default"
DEFAULT_FOLDER = Path(__file__).parent / "adapters" / DEFAULT
ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
# What an adapter folder is made of; anything else lying there is neither copied nor published. A config.json in
# particular would make stock loaders look for a whole model.
ADAPTER_FILES = (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    FILE_NAME,
    "README.md",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "*.model",
    "evaluation/*.json",
    "evaluation/*.png",
    "evaluation/*.html",
)


@dataclass
class LoadedAdapter:
    """An adapter as it was trained, on its base.

    Attributes:
        model: the PeftModel, in float32 and evaluation mode.
        tokenizer: as used in training.
        config: labels, template, window, calibration.
        base: where the base came from.
        folder: the local folder the adapter was read from.
    """

    model: PeftModel
    tokenizer: PreTrainedTokenizerBase
    config: SentimentConfig
    base: Base
    folder: Path

    def merge(self) -> PreTrainedModel:
        """The stock classifier with the LoRA weights added into the base's; the PeftModel is used up by it."""
        return self.model.merge_and_unload()


def find_adapter(
    adapter: str | Path = DEFAULT,
    revision: str | None = None,
    *,
    token: str | bool | None = None,
    local_files_only: bool = False,
) -> Path:
    """The local folder of an adapter, fetched from the Hub if need be.

    Args:
        adapter: "default" (the shipped one), a folder, or a Hub id.
        revision: commit, tag or branch of the adapter on the Hub.
        token: for private repositories.
        local_files_only: look in the Hub cache alone.

    Raises:
        SentimentError: there is no such adapter or revision, or the Hub cannot be reached and nothing is cached.
    """
    if str(adapter) == DEFAULT:
        return DEFAULT_FOLDER
    path = Path(adapter).expanduser()
    if path.is_dir():
        if revision is not None:
            raise SentimentError(f"{adapter} is a local folder and has no revisions; leave revision {revision!r} out.")
        return path
    try:
        return Path(
            snapshot_download(
                str(adapter),
                revision=revision,
                token=token,
                local_files_only=local_files_only,
                allow_patterns=[*SAFE_FILES, "README.md"],
                ignore_patterns=["*/*"],
            )
        )
    except (HFValidationError, RepositoryNotFoundError) as error:
        if isinstance(error, GatedRepoError):
            raise SentimentError(f"The adapter {adapter} is gated: accept its terms and run hf auth login.") from None
        raise SentimentError(
            f"There is no adapter {str(adapter)!r}: it is neither a folder here nor a Hub repository that you can "
            "read. Check the name, or run hf auth login if it is private."
        ) from None
    except RevisionNotFoundError:
        raise SentimentError(f"The adapter {adapter} has no revision {revision!r} on the Hub.") from None
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        raise SentimentError(
            f"The adapter {adapter}{f' at {revision}' if revision else ''} is not in the Hub cache and could not be "
            f"fetched ({first_line(error)}): go online once, or give a local folder."
        ) from error


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
    folder = Path(folder)
    peft_config = _read_peft_config(folder)
    state = _read_weights(folder)
    base = locate_base(
        base_model or peft_config.base_model_name_or_path,
        None if base_model else peft_config.revision,
        hub_id=peft_config.base_model_name_or_path,
        token=token,
        local_files_only=local_files_only,
        trust_remote_code=trust_remote_code,
    )
    tokenizer = _load_tokenizer(folder, base, trust_remote_code)
    config = _sentiment_config(folder, foreign.head_rows(base, state, trust_remote_code), tokenizer, base, labels)
    tokenizer.model_max_length = config.max_length
    fresh = load_classifier(base, config, trust_remote_code=trust_remote_code)
    model = _attach(folder, fresh, peft_config, state, base)
    return LoadedAdapter(model.eval(), tokenizer, config, base, folder)


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


def _attach(folder: Path, fresh, peft_config: PeftConfig, state: dict, base: Base) -> PeftModel:
    try:
        model = PeftModelForSequenceClassification(fresh.model, peft_config)
    except ValueError as error:
        raise SentimentError(
            f"The adapter {folder.name} does not fit the base {base.id} ({first_line(error)}): give the base it was "
            "trained on."
        ) from error
    expected = get_peft_model_state_dict(model, save_embedding_layers=False)
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
    set_peft_model_state_dict(model, state)
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


def adapter_files(folder: str | Path) -> list[Path]:
    """The files of an adapter folder that belong to it, relative to it, in a stable order."""
    folder = Path(folder)
    found = {path.relative_to(folder) for pattern in ADAPTER_FILES for path in folder.glob(pattern) if path.is_file()}
    return sorted(found, key=str)


def copy_adapter(source: Path, target: str | Path) -> None:
    """Copy the adapter's own files from one folder to another, which is made where missing."""
    for name in adapter_files(source):
        (Path(target) / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, Path(target) / name)


def _read_peft_config(folder: Path) -> PeftConfig:
    path = folder / ADAPTER_CONFIG
    if not path.is_file():
        raise SentimentError(f"{folder} has no {ADAPTER_CONFIG}: it is not an adapter folder, or not all of one.")
    try:
        task = json.loads(path.read_text(encoding="utf-8")).get("task_type")
        config = PeftConfig.from_pretrained(str(folder))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SentimentError(f"{path} cannot be read ({first_line(error)}); fetch the adapter again.") from error
    if task != "SEQ_CLS":
        raise SentimentError(f"{folder} holds an adapter for the task {task}, not for sequence classification.")
    if not config.base_model_name_or_path:
        raise SentimentError(f"{path} does not name its base model; write it into base_model_name_or_path.")
    # An adapter saved by a script that reused its LoraConfig names the heads over and over.
    config.modules_to_save = [name for name in dict.fromkeys(config.modules_to_save or []) if name not in PEFT_HEADS]
    return config


def _read_weights(folder: Path) -> dict[str, torch.Tensor]:
    path = folder / ADAPTER_WEIGHTS
    if not path.is_file():
        pickled = (folder / "adapter_model.bin").is_file()
        reason = "its weights are a pickle, which is never opened" if pickled else "its weights are missing"
        raise SentimentError(f"{folder} has no {ADAPTER_WEIGHTS}: {reason}.")
    try:
        return load_file(path)
    except Exception as error:  # noqa: BLE001 - safetensors raises its own error, OSError and ValueError alike
        raise SentimentError(f"{path} is damaged or cut short ({first_line(error)}); fetch it again.") from error


def _load_tokenizer(folder: Path, base: Base, trust_remote_code: bool) -> PreTrainedTokenizerBase:
    own = (folder / "tokenizer_config.json").is_file()
    try:
        return AutoTokenizer.from_pretrained(str(folder) if own else base.path, trust_remote_code=trust_remote_code)
    except Exception as error:  # noqa: BLE001 - the tokenizers library raises bare Exception
        where = folder if own else f"the base {base.id}"
        raise SentimentError(f"The tokenizer of {where} cannot be read ({first_line(error)}).") from error

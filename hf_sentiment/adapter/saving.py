"""Write an adapter folder, and change the bias of its head or the precision of its weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import PeftModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerBase

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from hf_sentiment.adapter.foreign import head_parameters
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.files.permissions import copy_mode


def save_adapter(model: PeftModel, tokenizer: PreTrainedTokenizerBase, config: SentimentConfig, folder: Path) -> None:
    """Write an adapter folder in PEFT's own format, with sentiment_config.json and the tokenizer beside it.

    Args:
        model: the trained PeftModel, adapter name "default".
        tokenizer: as used in training.
        config: its `base` has the Hub id and, if known, the revision that the adapter will name.
        folder: created if missing.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Any class, because the adapter that training started from may not be a LoRA adapter.
    peft_config: Any = model.peft_config["default"]
    peft_config.base_model_name_or_path = config.base["id"]
    peft_config.revision = config.base.get("revision")
    # With sets, and with PEFT's additions to the list, the files of two identical runs would differ.
    peft_config.target_modules = sorted(peft_config.target_modules)
    saved = {name.split(".modules_to_save.")[0] for name, _ in model.named_parameters() if ".modules_to_save." in name}
    peft_config.modules_to_save = sorted({n for n in peft_config.modules_to_save if any(s.endswith(n) for s in saved)})
    # With embedding layers left to "auto", PEFT asks the Hub for the base's vocabulary.
    model.save_pretrained(str(folder), save_embedding_layers=False)
    leave_out_nulls(folder / ADAPTER_CONFIG)
    tokenizer.save_pretrained(folder)
    config.save(folder)
    copy_mode(folder / FILE_NAME, folder / ADAPTER_WEIGHTS)
    # PEFT writes its own card; ours is written last, or not at all.
    (folder / "README.md").unlink(missing_ok=True)


def leave_out_nulls(path: Path) -> None:
    """Write adapter_config.json again without its keys of no value, of which PEFT has new ones in each version.

    An older PEFT warns of each key that it does not know, and a missing one has no value either.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    kept = {key: value for key, value in content.items() if value is not None}
    path.write_text(json.dumps(kept, indent=2, sort_keys=True), encoding="utf-8")


def head_bias(folder: Path, base: Base, trust_remote_code: bool = False) -> str | None:
    """The name of the head's bias, one number per label, in an adapter's weights; None if they have none."""
    names = [name for name in head_parameters(base, trust_remote_code) if name.endswith(".bias")]
    with safe_open(folder / ADAPTER_WEIGHTS, "pt") as weights:
        keys = {f"base_model.model.{name}" for name in names} & set(weights.keys())
    return keys.pop() if len(keys) == 1 else None


def add_to_bias(folder: Path, name: str, amounts: np.ndarray) -> None:
    """Add a number to each label's logit by adding it to the head's bias.

    Args:
        folder: the adapter.
        name: what `head_bias` returned.
        amounts: of shape (labels,).
    """
    path = folder / ADAPTER_WEIGHTS
    state = load_file(path)
    state[name] = state[name] + torch.from_numpy(amounts).to(state[name].dtype)
    _replace(path, state)


def halve_weights(folder: Path) -> None:
    """Round an adapter's weights to float16, half the size; they are computed with in float32 as before."""
    path = folder / ADAPTER_WEIGHTS
    _replace(path, {name: value.half() for name, value in load_file(path).items()})


def _replace(path: Path, state: dict[str, torch.Tensor]) -> None:
    # PEFT's own metadata.
    save_file(state, path, metadata={"format": "pt"})
    copy_mode(path.with_name(FILE_NAME), path)

"""The files of an adapter folder: find them, read them or say what is wrong with them, copy them."""

import json
import os
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import torch
from peft import PeftConfig
from safetensors.torch import load_file

from hf_sentiment.adapter.classifier import PEFT_HEADS
from hf_sentiment.adapter.download import fetch
from hf_sentiment.core.config import FILE_NAME
from hf_sentiment.errors import SentimentError, first_line

DEFAULT = "default"
DEFAULT_FOLDER = Path(str(files("hf_sentiment.assets"))) / DEFAULT
ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
# What an adapter folder is made of; anything else lying there is neither copied nor published. A config.json in
# particular would make stock loaders look for a whole model.
ADAPTER_FILES = (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    FILE_NAME,
    "training_rows.txt",
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
class AdapterWeights:
    """What PEFT's two files hold.

    Attributes:
        folder: where they lie.
        config: adapter_config.json.
        state: adapter_model.safetensors, name -> tensor.
    """

    folder: Path
    config: PeftConfig
    state: dict[str, torch.Tensor]

    @property
    def base_name(self) -> str:
        """The Hub id of the base that the adapter names."""
        return str(self.config.base_model_name_or_path)


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
    # Unlike pathlib's, these take any string: one too long for a path, or with a home that nobody has, is no folder.
    path = Path(os.path.expanduser(adapter))
    if os.path.isdir(path):
        if revision is not None:
            raise SentimentError(f"{adapter} is a local folder and has no revisions; leave revision {revision!r} out.")
        return path
    return fetch(
        "adapter",
        str(adapter),
        revision,
        token=token,
        local_files_only=local_files_only,
        more_files=("README.md",),
    )


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


def read_weights(folder: str | Path) -> AdapterWeights:
    """Read PEFT's two files.

    Raises:
        SentimentError: one is missing or damaged, or they hold no adapter for sequence classification.
    """
    return AdapterWeights(Path(folder), _read_peft_config(Path(folder)), _read_safetensors(Path(folder)))


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


def _read_safetensors(folder: Path) -> dict[str, torch.Tensor]:
    path = folder / ADAPTER_WEIGHTS
    if not path.is_file():
        pickled = (folder / "adapter_model.bin").is_file()
        reason = "its weights are a pickle, which is never opened" if pickled else "its weights are missing"
        raise SentimentError(f"{folder} has no {ADAPTER_WEIGHTS}: {reason}.")
    try:
        return load_file(path)
    except Exception as error:  # noqa: BLE001 - safetensors raises its own error, OSError and ValueError alike
        raise SentimentError(f"{path} is damaged or cut short ({first_line(error)}); fetch it again.") from error

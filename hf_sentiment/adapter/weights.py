"""Read PEFT's two files, or say what is wrong with them."""

from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftConfig
from safetensors.torch import load_file

from hf_sentiment.adapter.classifier import PEFT_HEADS
from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from hf_sentiment.adapter.manifest import check_manifest
from hf_sentiment.adapter.peft_schema import check_peft_config
from hf_sentiment.core.json_file import read_json_object
from hf_sentiment.errors import SentimentError, first_line


@dataclass
class AdapterWeights:
    """The contents of PEFT's two files.

    Attributes:
        folder: where they are.
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


def read_weights(folder: str | Path) -> AdapterWeights:
    """Read PEFT's two files, after the folder is compared with its manifest, if it has one.

    Raises:
        SentimentError: a file is missing, damaged or altered, a weight is no finite number, or the files hold no
            adapter for sequence classification.
    """
    folder = Path(folder)
    config = _read_peft_config(folder)
    check_manifest(folder)
    return AdapterWeights(folder, config, _read_safetensors(folder))


def _read_peft_config(folder: Path) -> PeftConfig:
    path = folder / ADAPTER_CONFIG
    if not path.is_file():
        raise SentimentError(f"{folder} has no {ADAPTER_CONFIG}: it is not an adapter folder, or it is incomplete.")
    content = read_json_object(path, "fetch the adapter again")
    check_peft_config(content, path)
    try:
        config = PeftConfig.from_pretrained(str(folder))
    except Exception as error:  # noqa: BLE001 - PEFT passes the values on to whatever they concern
        raise SentimentError(f"{path} cannot be read ({first_line(error)}); fetch the adapter again.") from error
    task = content.get("task_type")
    if task != "SEQ_CLS":
        raise SentimentError(f"{folder} holds an adapter for the task {task}, not for sequence classification.")
    if not config.base_model_name_or_path:
        raise SentimentError(f"{path} does not name its base model; write it into base_model_name_or_path.")
    # An adapter saved by a script that reused its LoraConfig lists the heads repeatedly.
    config.modules_to_save = [name for name in dict.fromkeys(config.modules_to_save or []) if name not in PEFT_HEADS]
    return config


def _read_safetensors(folder: Path) -> dict[str, torch.Tensor]:
    path = folder / ADAPTER_WEIGHTS
    if not path.is_file():
        pickled = (folder / "adapter_model.bin").is_file()
        reason = "its weights are a pickle, which is never opened" if pickled else "its weights are missing"
        raise SentimentError(f"{folder} has no {ADAPTER_WEIGHTS}: {reason}.")
    try:
        state: dict[str, torch.Tensor] = load_file(path)
    except Exception as error:  # noqa: BLE001 - safetensors raises its own error, OSError and ValueError alike
        raise SentimentError(f"{path} is damaged or truncated ({first_line(error)}); fetch it again.") from error
    broken = next((name for name, value in state.items() if not torch.isfinite(value).all()), None)
    if broken is not None:
        raise SentimentError(f"{path} has a weight that is no finite number, in {broken}: train the adapter again.")
    return state

"""The whole model with the adapter merged in, as stock transformers loads it."""

from pathlib import Path

import torch
from transformers import PreTrainedModel

from hf_sentiment.adapter import foreign
from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.exports.new_folder import new_folder
from hf_sentiment.files.permissions import copy_mode


def export_merged(loaded: LoadedAdapter, output_dir: str | Path) -> Path:
    """Write the whole model with the adapter merged in, which stock `pipeline("text-classification")` loads.

    Its config has the label names and the problem type, its tokenizer the window.

    Args:
        loaded: an adapter on its base; this consumes its PeftModel.
        output_dir: a folder that does not exist yet, or is empty.

    Returns:
        The folder.

    Raises:
        SentimentError: the folder is not empty, or cannot be written to.
    """
    with new_folder(output_dir) as folder:
        merge_calibrated(loaded).save_pretrained(folder)
        loaded.tokenizer.save_pretrained(folder)
        copy_mode(folder / "config.json", *folder.glob("*.safetensors"))
    return Path(output_dir).expanduser()


def merge_calibrated(loaded: LoadedAdapter) -> PreTrainedModel:
    """The stock classifier with its head divided by the temperature."""
    model = loaded.merge()
    if loaded.config.temperature != 1:
        parameters = dict(model.named_parameters())
        with torch.no_grad():
            for name in foreign.head_parameters(loaded.base):
                parameters[name].div_(loaded.config.temperature)
    return model

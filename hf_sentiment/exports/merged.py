"""The whole model, the adapter merged in, as stock transformers loads it."""

from pathlib import Path

import torch
from transformers import PreTrainedModel

from hf_sentiment.adapter import foreign
from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.exports.new_folder import new_folder


def export_merged(loaded: LoadedAdapter, output_dir: str | Path) -> Path:
    """Write the whole model, the adapter merged in: stock `pipeline("text-classification")` loads it.

    Label names and the problem type stand in its config, the window in its tokenizer.

    Args:
        loaded: an adapter on its base; this uses up its PeftModel.
        output_dir: a folder that is not there yet, or empty.

    Returns:
        The folder.

    Raises:
        SentimentError: the folder holds something, or cannot be written to.
    """
    with new_folder(output_dir) as folder:
        merge_calibrated(loaded).save_pretrained(folder)
        loaded.tokenizer.save_pretrained(folder)
    return Path(output_dir).expanduser()


def merge_calibrated(loaded: LoadedAdapter) -> PreTrainedModel:
    """The stock classifier with the temperature divided into its head."""
    model = loaded.merge()
    if loaded.config.temperature != 1:
        parameters = dict(model.named_parameters())
        with torch.no_grad():
            for name in foreign.head_parameters(loaded.base):
                parameters[name].div_(loaded.config.temperature)
    return model

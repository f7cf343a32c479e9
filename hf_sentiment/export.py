"""Write an adapter in forms that need neither PEFT nor this package."""

from pathlib import Path

import torch

from hf_sentiment import foreign
from hf_sentiment.adapter import LoadedAdapter
from hf_sentiment.errors import SentimentError


def export_merged(loaded: LoadedAdapter, output_dir: str | Path) -> Path:
    """Write the whole model, the adapter merged in: stock `pipeline("text-classification")` loads it.

    Label names and the problem type stand in its config, the window in its tokenizer, and the temperature is divided
    into the head, so that stock scores are the calibrated ones. The adapter's PeftModel is used up.

    Args:
        loaded: an adapter on its base.
        output_dir: a folder that is not there yet, or empty.

    Returns:
        The folder.

    Raises:
        SentimentError: the folder holds something, or cannot be written to.
    """
    folder = Path(output_dir).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise SentimentError(f"{folder} is not empty: give another --output-dir.")
        model = loaded.merge()
        _divide_head(loaded, model)
        model.save_pretrained(folder)
        loaded.tokenizer.save_pretrained(folder)
    except OSError as error:
        raise SentimentError(f"{folder} cannot be written to ({error.strerror}): give another --output-dir.") from error
    return folder


def _divide_head(loaded: LoadedAdapter, model: torch.nn.Module) -> None:
    if loaded.config.temperature == 1:
        return
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name in foreign.head_parameters(loaded.base):
            parameters[name] /= loaded.config.temperature

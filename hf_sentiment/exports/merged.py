"""The whole model, the adapter merged in, as stock transformers loads it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from hf_sentiment.adapter import foreign
from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.errors import SentimentError


def export_merged(loaded: LoadedAdapter, output_dir: str | Path) -> Path:
    """Write the whole model, the adapter merged in: stock `pipeline("text-classification")` loads it.

    Label names and the problem type stand in its config, the window in its tokenizer. The adapter's PeftModel is used
    up.

    Args:
        loaded: an adapter on its base.
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


@contextmanager
def new_folder(output_dir: str | Path) -> Iterator[Path]:
    """A folder to fill, which takes the name `output_dir` once it is full; after an error nothing is left of it.

    Raises:
        SentimentError: `output_dir` holds something, or cannot be written to.
    """
    target = Path(output_dir).expanduser()
    try:
        if target.exists() and any(target.iterdir()):
            raise SentimentError(f"{target} is not empty: give another --output-dir.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as aside:
            folder = Path(aside) / "export"
            folder.mkdir()
            yield folder
            if target.exists():
                target.rmdir()
            folder.rename(target)
    except OSError as error:
        reason = error.strerror or error
        raise SentimentError(f"{target} cannot be written to ({reason}): give another --output-dir.") from error


def merge_calibrated(loaded: LoadedAdapter) -> torch.nn.Module:
    """The stock classifier with the temperature divided into its head."""
    model = loaded.merge()
    if loaded.config.temperature != 1:
        parameters = dict(model.named_parameters())
        with torch.no_grad():
            for name in foreign.head_parameters(loaded.base):
                parameters[name] /= loaded.config.temperature
    return model

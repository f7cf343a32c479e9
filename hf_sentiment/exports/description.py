"""The files beside an exported model: its config, its tokenizer and its check."""

import json
from pathlib import Path

from transformers import PreTrainedModel

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.core.backend import ExportCheck

CHECK = "check.json"


def describe(loaded: LoadedAdapter, model: PreTrainedModel, folder: Path, found: ExportCheck) -> None:
    """Write config.json, the tokenizer and check.json into an export's folder."""
    model.config.save_pretrained(folder)
    loaded.tokenizer.save_pretrained(folder)
    (folder / CHECK).write_text(json.dumps(found, indent=2) + "\n")

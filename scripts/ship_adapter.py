"""Make an adapter folder the one that ships with the package: `python scripts/ship_adapter.py DIR`.

The shipped folder alone gets a config.json: with it, `pipeline("sentiment-lora")` finds all it asks for in the folder
and nothing on the network.
"""

import shutil
import sys
from pathlib import Path

from transformers import AutoConfig

from hf_sentiment.bases import locate_base
from hf_sentiment.config import SentimentConfig
from hf_sentiment.folder import DEFAULT_FOLDER, copy_adapter


def ship(source: Path) -> None:
    """Copy the adapter and write its base's config, with the adapter's labels, beside it."""
    config = SentimentConfig.load(source)
    shutil.rmtree(DEFAULT_FOLDER, ignore_errors=True)
    copy_adapter(source, DEFAULT_FOLDER)
    base = locate_base(config.base["id"], config.base["revision"])
    label2id = {label: index for index, label in config.id2label.items()}
    AutoConfig.from_pretrained(base.path, id2label=config.id2label, label2id=label2id).save_pretrained(DEFAULT_FOLDER)
    size = sum(path.stat().st_size for path in DEFAULT_FOLDER.rglob("*") if path.is_file())
    print(f"{DEFAULT_FOLDER.name}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    ship(Path(sys.argv[1]))

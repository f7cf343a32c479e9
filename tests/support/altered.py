"""Adapters that are changed on purpose, and signed again."""

import dataclasses

from hf_sentiment.adapter.manifest import write_manifest
from hf_sentiment.core.config import SentimentConfig


def change_config(folder, **changes):
    """Change fields of an adapter's sentiment_config.json, and write the manifest for it."""
    dataclasses.replace(SentimentConfig.load(folder), **changes).save(folder)
    write_manifest(folder)
    return folder

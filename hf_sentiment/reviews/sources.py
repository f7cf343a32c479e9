"""The names of sources: presets, and what a report calls a source."""

from importlib.resources import files
from pathlib import Path

DEMO_FILE = files("hf_sentiment.assets") / "demo.csv"
PRESETS = {"amazon_polarity": "fancyzhx/amazon_polarity", "demo": str(DEMO_FILE)}


def source_name(source: str) -> str:
    """The source without a path of this machine: the name of a file or folder, a preset or a Hub id as it is."""
    if source == "demo" or Path(source).expanduser().exists():
        return Path(source).resolve().name
    return PRESETS.get(source, source)

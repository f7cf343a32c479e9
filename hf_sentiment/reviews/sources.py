"""The names of sources: presets, and what a report calls a source."""

from importlib.resources import files
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import unpacked
from hf_sentiment.reviews.row_files.formats import READABLE

DEMO_FILE = files("hf_sentiment.assets") / "demo.csv"
PRESETS = {"amazon_polarity": "fancyzhx/amazon_polarity", "demo": str(DEMO_FILE)}


def check_path(source: str) -> None:
    """Refuse a source that names a file or folder which does not exist.

    Raises:
        SentimentError: it does.
    """
    looks_like_path = unpacked(Path(source)).suffix.lower() in READABLE or source.startswith((".", "/", "~"))
    if looks_like_path and not Path(source).expanduser().exists():
        raise SentimentError(f"There is no file or folder {source}; check the path.")


def source_name(source: str) -> str:
    """The source without a path of this machine: the name of a file or folder, a preset or a Hub id as it is."""
    if source == "demo" or Path(source).expanduser().exists():
        return Path(source).resolve().name
    return PRESETS.get(source, source)

"""`hf-sentiment serve`."""

import os

from hf_sentiment.cli.dataclass_options import parse_options
from hf_sentiment.errors import SentimentError, require
from hf_sentiment.serving.settings import PREFIX, ServeSettings, defaults_from

CONFIG = "--config"
DESCRIPTION = (
    "Serve adapters over HTTP. Every option is an environment variable too, HF_SENTIMENT_SERVE_ and its name in "
    "capitals, with commas in lists, and a line of the TOML file that --config names; the command line comes first, "
    "then the environment, then the file."
)


def run_serve(words: list[str]) -> int:
    """Serve until interrupted; return the exit status."""
    words, config = _without_config(words)
    defaults = defaults_from(config or os.environ.get(f"{PREFIX}CONFIG"))
    settings = ServeSettings(**parse_options(ServeSettings, words, "hf-sentiment serve", DESCRIPTION, defaults))
    for package in ("fastapi", "uvicorn", "httptools", "prometheus_client"):
        require(package, "serve", "The server")
    from hf_sentiment.serving.server import serve

    return serve(settings)


def _without_config(words: list[str]) -> tuple[list[str], str | None]:
    for place, word in enumerate(words):
        if word == CONFIG:
            if place + 1 == len(words):
                raise SentimentError("--config needs a file.")
            return words[:place] + words[place + 2 :], words[place + 1]
        if word.startswith(f"{CONFIG}="):
            return words[:place] + words[place + 1 :], word.partition("=")[2]
    return words, None

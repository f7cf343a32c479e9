"""`hf-sentiment serve`."""

import functools

from hf_sentiment.cli.dataclass_options import Words, parse_options
from hf_sentiment.errors import require
from hf_sentiment.serving.settings import ServeSettings, defaults_from

SERVE = Words(
    "hf-sentiment serve",
    "Serve adapters over HTTP. Every option is an environment variable too, HF_SENTIMENT_SERVE_ and its name in "
    "capitals, with commas in lists, and a line of the TOML file that --config names; the command line comes first, "
    "then the environment, then the file.",
)


def run_serve(words: list[str]) -> int:
    """Serve until interrupted; return the exit status."""
    read = functools.partial(parse_options, ServeSettings, words, SERVE)
    settings = ServeSettings(**read(defaults_from(read()["config"])))
    for package in ("fastapi", "uvicorn", "httptools", "prometheus_client"):
        require(package, "serve", "The server")
    from hf_sentiment.serving.server import serve

    return serve(settings)

"""The log of a server: a line of JSON per event on stderr, never with the text of a review."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(entry, ensure_ascii=False)


def configure(requests: bool) -> None:
    """Write the log of this package and of uvicorn to stderr.

    Args:
        requests: log each request, and not only what goes wrong.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    for name in ("hf_sentiment.serving", "uvicorn.error"):
        log = logging.getLogger(name)
        log.handlers, log.propagate = [handler], False
        log.setLevel(logging.INFO if name == "hf_sentiment.serving" else logging.WARNING)
    logging.getLogger("hf_sentiment.serving.requests").setLevel(logging.INFO if requests else logging.WARNING)


def place_of(error: BaseException) -> str:
    """The kind of an error and where it was raised, without its message, which may quote a review."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def log_failure(error: Exception) -> None:
    """Say why a worker ends."""
    logging.getLogger("hf_sentiment.serving").error(str(error))

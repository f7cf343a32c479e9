"""Read a small JSON file that somebody else may have written."""

import json
from pathlib import Path
from typing import Any, NoReturn

from hf_sentiment.errors import SentimentError, first_line

# The configs of adapters have a few kilobytes.
LARGEST_BYTES = 10 << 20


def read_json_object(path: Path, cure: str) -> dict[str, Any]:
    """The JSON object that a file holds.

    Args:
        path: the file.
        cure: what a message suggests, such as "fetch the adapter again".

    Raises:
        SentimentError: it cannot be read, is too large, or holds something else; NaN and Infinity are no JSON.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise SentimentError(f"{path} has more than {LARGEST_BYTES >> 20} MiB, which no such file has; {cure}.")
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
        # JSON can spell half a character ("\\ud83d"), which no file that is made of it can hold.
        json.dumps(content, ensure_ascii=False).encode()
    except (OSError, ValueError, RecursionError) as error:
        raise SentimentError(f"{path} is not readable JSON ({first_line(error)}); {cure}.") from None
    if not isinstance(content, dict):
        raise SentimentError(f"{path} holds no JSON object; {cure}.")
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")

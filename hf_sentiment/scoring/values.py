"""Values of a table as JSON and as CSV cells."""

import base64
import json
from datetime import date, time
from typing import Any


def json_line(row: dict[str, Any]) -> bytes:
    """A row as one line of JSON Lines."""
    # A lone surrogate, which only rejected rows have, is written as its JSON escape.
    return (_json(row) + "\n").encode(errors="backslashreplace")


def cell(value: object) -> str:
    """A value as a CSV cell: text as it is, an empty cell for None, lists and mappings as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool | dict | list | tuple):
        return _json(value)
    return str(value) if isinstance(value, int | float) else str(_plain(value))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    # str is right for decimals, durations and UUIDs.
    return value.isoformat() if isinstance(value, date | time) else str(value)

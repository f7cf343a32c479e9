"""One value of a table as JSON, and as the text of a CSV cell."""

import base64
import json
from datetime import date, time


def json_line(row: dict) -> bytes:
    """A row as one line of JSON Lines."""
    # A lone surrogate, of a rejected row, comes out as the escape that JSON has for it.
    return (_json(row) + "\n").encode(errors="backslashreplace")


def cell(value: object) -> str:
    """A value as a CSV cell: text as it is, nothing for None, lists and mappings as JSON."""
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
    # Decimals, durations and UUIDs have a text form of their own.
    return value.isoformat() if isinstance(value, date | time) else str(value)

"""Parse the JSON of one row, which may be wrong in any way."""

import json
import re

from hf_sentiment.errors import first_line
from hf_sentiment.reviews.row_files.row_file import TextRow, is_utf8

# Deepest nesting of lists and objects. Rows of reviews have two or three levels; each level costs a call in the code
# that writes them again, and Python stops at about a thousand.
DEEPEST = 100
# A string, or a bracket outside strings. The possessive quantifiers keep a long string from being tried twice.
TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)


def parse_row(text: str) -> TextRow:
    """The object that a text spells, and None; or the text and the reason why it is none."""
    if is_deep(text):
        return text, f"The row is nested more than {DEEPEST} levels deep."
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        return text, f"The line is not JSON: {first_line(error)}."
    return checked_row(row, text)


def checked_row(row: object, text: str) -> TextRow:
    """A value that was parsed, and None; or its text and the reason why it is no row."""
    if not isinstance(row, dict):
        return text, "The line is JSON, but not an object."
    # JSON can spell half a character ("\ud83d"), which no file can hold.
    if "\\ud" in text.lower() and not is_utf8(json.dumps(row, ensure_ascii=False)):
        return text, "The line contains half a character (a lone surrogate)."
    return row, None


def is_deep(text: str) -> bool:
    """Whether a text is nested more than DEEPEST levels deep."""
    return text.count("[") + text.count("{") > DEEPEST and span(text, 0)[1] > DEEPEST


def span(text: str, start: int) -> tuple[int, int]:
    """Where the value that starts at a place ends, and how many levels it has; the text need not be correct JSON."""
    level = deepest = 0
    for token in TOKEN.finditer(text, start):
        kind = token.group()[0]
        if kind in "[{":
            level += 1
            deepest = max(deepest, level)
        elif kind in "]}":
            level -= 1
            if level <= 0:
                return token.end(), deepest
    return len(text), deepest

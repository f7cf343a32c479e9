"""Read a JSON file that is one array of objects, item by item."""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.row_files.json_values import DEEPEST, checked_row, is_deep, span
from hf_sentiment.reviews.row_files.row_file import TextRow

# Largest file, in characters: its text is in memory as a whole.
LARGEST = 200_000_000
SPACE = re.compile(r"[ \t\r\n]*")


def array_rows(file: TextIO, name: str) -> Iterator[tuple[str, TextRow]]:
    """Each item's text, with the row it is, or the reason why it is none.

    Args:
        file: the file, at its start.
        name: what messages call it.

    Raises:
        SentimentError: the file is too large, or no JSON array: after such a place, nothing can be told apart.
    """
    text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        size = f"{LARGEST // 1_000_000} MB"
        raise SentimentError(f"{name} is a JSON array of more than {size}: write one object per line with jq -c '.[]'.")
    place = _after_space(text, _after_space(text, 0) + 1)
    while not text.startswith("]", place):
        start = place
        try:
            row, place = json.JSONDecoder().raw_decode(text, start)
        except RecursionError:
            row, place = None, span(text, start)[0]
        except ValueError as error:
            raise _damaged(name, first_line(error)) from error
        item = text[start:place]
        deep = is_deep(item)
        yield item, (item, f"The row is nested more than {DEEPEST} levels deep.") if deep else checked_row(row, item)
        place = _after_space(text, place)
        if text.startswith(",", place):
            place = _after_space(text, place + 1)
        elif not text.startswith("]", place):
            raise _damaged(name, f"Expecting ',' or ']' at character {place + 1}")
    if _after_space(text, place + 1) < len(text):
        end = f"Text after the array's end at character {place + 2}"
        cure = "If each line is an array, write objects with jq -c '{text: .[0], label: .[1]}'"
        raise _damaged(name, f"{end}. {cure}")


def _after_space(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return found.end() if found else place


def _damaged(name: str, reason: str) -> SentimentError:
    return SentimentError(f"{name} is a JSON array that is not complete or not JSON: {reason}.")

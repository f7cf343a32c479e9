"""ONE review, as the pipeline accepts it: a string, or a mapping with a text and optionally a title."""

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from hf_sentiment.errors import SentimentError

TEXT_KEYS = ("text", "content")


class Review(NamedTuple):
    """A review's two parts; `title` is empty if there is none."""

    title: str
    text: str


def as_review(item: object, position: int | None = None) -> Review:
    """Read one review.

    Args:
        item: a string, a mapping with "text" (or "content") and optionally "title", or a Review.
        position: the review's position in the input, for the message.

    Raises:
        SentimentError: the review is empty, is not text, has no text, or contains half a character.
    """
    if isinstance(item, Review):
        # It was read already.
        return item
    name = "The review" if position is None else f"Review {position + 1}"
    if isinstance(item, str):
        return _filled(Review("", item), name)
    if not isinstance(item, Mapping):
        raise SentimentError(
            f"{name} is {_kind(item)}, not text: give a string, or a mapping with 'text' and optionally 'title'."
        )
    key = next((key for key in TEXT_KEYS if key in item), None)
    if key is None:
        raise SentimentError(f"{name} has no 'text' (or 'content') among its keys: {', '.join(map(str, item))}.")
    title, text = item.get("title"), item[key]
    # A row read from a file has None in an empty cell.
    title, text = "" if title is None else _as_title(title), "" if text is None else text
    if not isinstance(text, str) or not isinstance(title, str):
        wrong = key if not isinstance(text, str) else "title"
        raise SentimentError(f"{name} has a {wrong} that is {_kind(item[wrong])}, not text.")
    return _filled(Review(title.strip(), text), name)


def _as_title(title: object) -> object:
    """A title that is a number, as books have them, as text: "1984" for 1984.0, and nothing for NaN."""
    if title != title:
        return ""
    if isinstance(title, float) and title.is_integer():
        title = int(title)
    return str(title) if isinstance(title, int | float) and not isinstance(title, bool) else title


def _filled(review: Review, name: str) -> Review:
    try:
        (review.title + review.text).encode()
    except UnicodeEncodeError as error:
        raise SentimentError(
            f"{name} contains half a character (a lone surrogate, {error.object[error.start]!r}), which no tokenizer "
            'accepts: clean it with .encode("utf-8", "replace").decode().'
        ) from None
    # A title alone is a review: many people write nothing else.
    if _is_visible(review.text):
        return review
    if _is_visible(review.title):
        return Review("", review.title)
    raise SentimentError(f"{name} is empty: there is nothing to classify.")


def _is_visible(text: str) -> bool:
    """Whether a text has a character that can be seen: no blank, control or format character, or mark of another."""
    return any(unicodedata.category(character)[0] not in "CZM" for character in text)


def _kind(item: object) -> str:
    return "None" if item is None else f"a {type(item).__name__}"

"""Rows of reviews as the strings that a tokenizer sees."""

from collections.abc import Iterable
from typing import Protocol

from hf_sentiment.core.config import SentimentConfig


class Rows(Protocol):
    """Rows by column name: a data set, or a dictionary of lists."""

    def __getitem__(self, column: str, /) -> Iterable[str]:
        """The values of a column."""


def render_rows(rows: Rows, config: SentimentConfig) -> list[str]:
    """The text of each row with title and text put together by the template.

    Args:
        rows: rows with the columns title and text.
        config: its template is used.
    """
    return [config.render(title, text) for title, text in zip(rows["title"], rows["text"], strict=True)]

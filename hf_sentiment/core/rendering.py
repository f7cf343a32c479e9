"""Turn rows of reviews into the strings that a tokenizer sees."""

from collections.abc import Iterable
from typing import Protocol

from hf_sentiment.core.config import SentimentConfig


class Rows(Protocol):
    """Rows by column name: a dataset, or a dictionary of lists."""

    def __getitem__(self, column: str, /) -> Iterable[str]:
        """The values of a column."""


def render_rows(rows: Rows, config: SentimentConfig) -> list[str]:
    """Render the title and text of each row with the template.

    Args:
        rows: rows with the columns title and text.
        config: its template is used.
    """
    return [config.render(title, text) for title, text in zip(rows["title"], rows["text"], strict=True)]

"""Remembered: how an adapter's training read its reviews, for measuring it on rows of the same kind."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import Columns, find_column
from hf_sentiment.reviews.labels import label_key


@dataclass(frozen=True)
class Remembered:
    """How an adapter's training read its reviews.

    Attributes:
        columns: those that the training named.
        label_map: source value -> label name, or None for rows that were left out; None if there was no map.
    """

    columns: Columns = Columns()
    label_map: dict[str, str | None] | None = None

    def columns_for(self, wanted: Columns, there: list[str], notes: list[str]) -> Columns:
        """The columns to read: those that the user names, then those that the training named, if they exist.

        Args:
            wanted: the columns that the user names.
            there: the columns of the source.
            notes: a sentence about each remembered column that would not have been found is added to it.
        """
        for role in ("text", "title", "label"):
            column = getattr(self.columns, role)
            if getattr(wanted, role) is not None or column not in there:
                continue
            if _found(there, role) != column:
                notes.append(f"The {role} column is {column!r}, as in the adapter's training.")
            wanted = replace(wanted, **{role: column})
        return wanted

    def map_for(self, names: Iterable[str], labels: list[str], notes: list[str]) -> dict[str, str | None] | None:
        """The label map of the training, if the names are its source values rather than labels; else None.

        Args:
            names: the names in the label column.
            labels: the adapter's labels.
            notes: a sentence is added to it if there is a map.
        """
        keys = {label_key(name) for name in names}
        if self.label_map is None or keys <= {label_key(label) for label in labels}:
            return None
        if not keys <= {label_key(value) for value in self.label_map}:
            return None
        pairs = ", ".join(f"{value}={label or ''}" for value, label in self.label_map.items())
        notes.append(f"The labels were read by the label map of the adapter's training: {pairs}.")
        return self.label_map


def _found(there: list[str], role: str) -> str | None:
    try:
        return find_column(there, role, None, "")
    except SentimentError:
        # Several could be it.
        return None

"""LabelReader: from a value in a label column to the names of the row's labels."""

from collections.abc import Callable
from typing import Any

from hf_sentiment.reviews.labels import label_mapper


def as_list(label: Any) -> list[Any]:
    """The labels of a row as a list, also where a row has one label."""
    return label if isinstance(label, list) else [label]


class LabelReader:
    """Reads the values of one label column.

    Args:
        to_name: the name of a value; None for a value that is no label.
        label_map: name -> label; rows whose name has no label are left out.
    """

    def __init__(self, to_name: Callable[[Any], str | None], label_map: dict[str, str | None] | None) -> None:
        self.to_name = to_name
        self.mapped = None if label_map is None else label_mapper(label_map)

    def __call__(self, value: object) -> list[str]:
        """The names of a row's labels; none where the value is no label, or the map leaves it out.

        Raises:
            SentimentError: a name is not in the label map.
        """
        found = [self.to_name(each) for each in as_list(value) if each is not None]
        names = [name for name in found if name is not None]
        return names if self.mapped is None else [label for name in names if (label := self.mapped(name))]

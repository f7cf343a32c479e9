"""LabelReader: from a value in a label column to the names of the row's labels."""

from collections.abc import Callable
from typing import Any

from hf_sentiment.errors import SentimentError


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
        self.to_name, self.label_map = to_name, label_map

    def __call__(self, value: object) -> list[str]:
        """The names of a row's labels; none where the value is no label, or the map leaves it out.

        Raises:
            SentimentError: a name is not in the label map.
        """
        found = [self.to_name(each) for each in as_list(value) if each is not None]
        names = [name for name in found if name is not None]
        if self.label_map is None:
            return names
        unknown = next((name for name in names if name not in self.label_map), None)
        if unknown is not None:
            raise SentimentError(
                f"The label {unknown!r} is not in the label map ({', '.join(self.label_map)}); add it, "
                f"or leave its rows out with {unknown}=."
            )
        return [mapped for name in names if (mapped := self.label_map[name])]

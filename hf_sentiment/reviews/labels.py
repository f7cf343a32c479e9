"""Labels: what a source calls its classes, what we call them, and their indices."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from hf_sentiment.errors import SentimentError

# The names that transformers has for one label per review and for several.
SINGLE_LABEL, MULTI_LABEL = "single_label_classification", "multi_label_classification"
NEGATIVE_POSITIVE = ["Negative", "Positive"]
# Maximum number of labels that an error message lists.
MOST_SHOWN = 12
# The names that sources have for the two classes, in lower case.
BINARY_NAMES = (
    ("negative", "positive"),
    ("neg", "pos"),
    ("0", "1"),
    ("__label__1", "__label__2"),
    ("false", "true"),
)
# From the names of a row's labels to its column `label`.
LabelIndexer = Callable[[list[str]], dict[str, int | list[int]]]


def display_names(names: list[str]) -> list[str]:
    """The names to show for a source's classes: Negative and Positive for a usual pair, else the source's own.

    Args:
        names: the source's names, in class order.

    Returns:
        The names to show, in the same order.
    """
    lower = [name.strip().lower() for name in names]
    for negative, positive in BINARY_NAMES:
        if sorted(lower) == sorted([negative, positive]):
            return ["Negative" if name == negative else "Positive" for name in lower]
    return names


def in_display_order(names: Iterable[str]) -> list[str]:
    """Classes in a fixed order: Negative before Positive, numbers by value, others by name."""
    names = list(names)
    if set(names) == set(NEGATIVE_POSITIVE):
        return list(NEGATIVE_POSITIVE)
    try:
        return sorted(names, key=float)
    except ValueError:
        return sorted(names)


def parse_names(names: str | list[str] | None) -> list[str] | None:
    """Label names that a user gave: "Negative,Neutral,Positive", or a list from a recipe."""
    if names is None:
        return None
    parts = names.split(",") if isinstance(names, str) else list(names)
    return [str(part).strip() for part in parts if str(part).strip()]


def parse_map(mapping: str | dict[Any, str | None] | None) -> dict[str, str | None] | None:
    """A map from a source's values to label names: {"1": "Negative", "3": None} or "1=Negative,3=".

    A value mapped to nothing is left out of the data.

    Raises:
        SentimentError: the map has neither form.
    """
    if mapping is None:
        return None
    if isinstance(mapping, str):
        mapping = _read_map(mapping)
    if not isinstance(mapping, dict) or not mapping:
        raise SentimentError('A label map looks like "1=Negative,2=Negative,5=Positive" or like JSON.')
    return {
        value_name(key): (str(value).strip() or None) if value is not None else None for key, value in mapping.items()
    }


def _read_map(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {key: value for key, sign, value in (part.partition("=") for part in text.split(",")) if sign}


def value_name(value: object) -> str:
    """A label value as text. Whole numbers have no decimal point: 4.0 from a Parquet file is "4"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip()


def index_labels(
    present: Iterable[str], names: list[str] | None, label_map: dict[str, str | None] | None
) -> tuple[list[str], dict[str, int]]:
    """The labels in index order, and the index of each of the source's values.

    Args:
        present: the values in the source, already mapped if there is a map.
        names: label names that the user gave, in class order.
        label_map: the map that was applied to the values.

    Raises:
        SentimentError: a value matches none of the names.
    """
    if label_map is not None:
        # In the order in which the map first names them.
        ordered = [name for name in dict.fromkeys(label_map.values()) if name]
        shown = dict(zip(ordered, ordered, strict=True))
    else:
        ordered = in_display_order(present)
        shown = dict(zip(ordered, display_names(ordered), strict=True))
    labels = in_display_order(shown.values()) if label_map is None else ordered
    if names is not None:
        labels, shown = _apply_names(names, ordered, shown)
    position = {label: place for place, label in enumerate(labels)}
    return labels, {value: position[label] for value, label in shown.items()}


def indexer(index: dict[str, int], multi: bool) -> LabelIndexer:
    """A function from the names of a row's labels to its `label`: an index, or a list of them if `multi`."""

    def to_index(values: list[str]) -> dict[str, int | list[int]]:
        found = [index[value] for value in values]
        return {"label": found if multi else found[0]}

    return to_index


def _apply_names(names: list[str], ordered: list[str], shown: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    by_name = {name.lower(): name for name in names}
    # Match by name, ignoring case; if a value is not a name, match by class number.
    if all(shown[value].lower() in by_name for value in ordered):
        return names, {value: by_name[shown[value].lower()] for value in ordered}
    numbered = all(value.isdigit() for value in ordered)
    if numbered and all(int(value) < len(names) for value in ordered):
        return names, {value: names[int(value)] for value in ordered}
    known = set(map(str, range(len(names)))) if numbered else by_name
    unknown = next(value for value in ordered if value not in known and shown[value].lower() not in known)
    # List all values: a map without one of them would be refused in turn.
    pairs = [f"{value}={by_name.get(shown[value].lower(), '...')}" for value in ordered[:MOST_SHOWN]]
    more = ",..." if len(ordered) > MOST_SHOWN else ""
    raise SentimentError(
        f"The data has the label {unknown!r}, which is none of {', '.join(names)}. "
        f'Say which is which with --label-map "{",".join(pairs)}{more}"; nothing after = leaves the rows out.'
    )

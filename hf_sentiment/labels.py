"""Label names: what a source calls its classes, and what we call them."""

import json
from collections.abc import Iterable

from hf_sentiment.errors import SentimentError

NEGATIVE_POSITIVE = ["Negative", "Positive"]
# What sources call the two classes, in lower case.
BINARY_NAMES = (
    ("negative", "positive"),
    ("neg", "pos"),
    ("0", "1"),
    ("__label__1", "__label__2"),
    ("false", "true"),
)


def display_names(names: list[str]) -> list[str]:
    """The names shown for a source's classes: Negative/Positive for any of the usual pairs, else as they are.

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
    """Classes in a fixed order: Negative before Positive, numbers by value, else by name."""
    names = list(names)
    if set(names) == set(NEGATIVE_POSITIVE):
        return list(NEGATIVE_POSITIVE)
    try:
        return sorted(names, key=float)
    except ValueError:
        return sorted(names)


def parse_names(names: str | list[str] | None) -> list[str] | None:
    """Label names given by a user: "Negative,Neutral,Positive", or a list from a recipe."""
    if names is None:
        return None
    parts = names.split(",") if isinstance(names, str) else list(names)
    return [str(part).strip() for part in parts if str(part).strip()]


def parse_map(mapping: str | dict | None) -> dict[str, str | None] | None:
    """A map from a source's values to label names: {"1": "Negative", "3": None} or "1=Negative,3=".

    A value mapped to nothing is left out of the data.

    Raises:
        SentimentError: it is neither form.
    """
    if mapping is None:
        return None
    if isinstance(mapping, str):
        try:
            mapping = json.loads(mapping)
        except ValueError:
            pairs = [part.partition("=") for part in mapping.split(",")]
            mapping = {key: value for key, sign, value in pairs if sign}
    if not isinstance(mapping, dict) or not mapping:
        raise SentimentError('A label map looks like "1=Negative,2=Negative,5=Positive" or like JSON.')
    return {
        value_name(key): (str(value).strip() or None) if value is not None else None for key, value in mapping.items()
    }


def value_name(value: object) -> str:
    """A label value as text, whole numbers without a decimal point: 4.0 from a Parquet file is "4"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip()

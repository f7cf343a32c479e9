"""Labels: what a source calls its classes, what we call them, and their indices."""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
# Those of them that do not say what they mean.
CODES = frozenset({"0", "1", "__label__1", "__label__2", "false", "true"})
# What other programs write for a whole number in a column of floats.
_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")
# From the names of a row's labels to their indices.
LabelIndexer = Callable[[list[str]], list[int]]


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
    numbers = {name: as_number(name) for name in names}
    if None in numbers.values():
        return sorted(names)
    return sorted(names, key=lambda name: (numbers[name], name))


def as_number(name: str) -> float | None:
    """The number that a label is; None if it is a word, "nan" and "inf" included."""
    try:
        number = float(name)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def parse_names(names: str | list[str] | None) -> list[str] | None:
    """Names that a user gave: "Negative,Neutral,Positive", or a list from a recipe.

    Raises:
        SentimentError: there is no name in it.
    """
    if names is None:
        return None
    parts = names.split(",") if isinstance(names, str) else list(names)
    found = [str(part).strip() for part in parts if str(part).strip()]
    if not found:
        raise SentimentError(f"{names!r} holds no name: put commas between the names, such as Negative,Positive.")
    return found


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
    """A label value as text, without outer blanks. Whole numbers have no decimal point: 4.0 and "4.0" are "4"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).strip()
    whole = _WHOLE_NUMBER.fullmatch(text)
    return whole[1] if whole else text


def label_key(name: str) -> str:
    """The label without case and surplus blanks; labels with the same key are one label.

    A letter with an accent is one character in some files and two in others (Unicode's NFC and NFD).
    """
    return unicodedata.normalize("NFC", " ".join(value_name(name).split()).casefold())


def label_mapper(label_map: dict[str, str | None]) -> Callable[[str], str | None]:
    """A function from a source's value to the label that the map has for it; None leaves the row out.

    A value that is not in the map as it is spelled is looked up without case and surplus blanks. The function raises a
    SentimentError for a value that is not in the map then either, or is there twice with different labels.
    """
    known = dict(label_map)
    by_key: dict[str, set[str | None]] = {}
    for value, label in label_map.items():
        by_key.setdefault(label_key(value), set()).add(label)

    def mapped(name: str) -> str | None:
        if name in known:
            return known[name]
        found = by_key.get(label_key(name), set())
        if len(found) != 1:
            listed = ", ".join(list(label_map)[:MOST_SHOWN]) + ", ..." * (len(label_map) > MOST_SHOWN)
            raise SentimentError(
                f"The label {name!r} is not in the label map ({listed}); add it, or leave its rows out with {name}=."
            )
        known[name] = next(iter(found))
        return known[name]

    return mapped


def index_labels(
    present: Mapping[str, int] | Iterable[str],
    names: list[str] | None,
    label_map: dict[str, str | None] | None,
    notes: list[str] | None = None,
) -> tuple[list[str], dict[str, int | None]]:
    """The labels in index order, and the index of each of the source's values.

    Values that differ only in case or blanks are one label, under the spelling that most rows have.

    Args:
        present: the values in the source; a mapping has the number of rows of each.
        names: label names that the user gave, in class order.
        label_map: source value -> label name, or None for values whose rows are left out.
        notes: sentences about merged values, and about values that are taken for class numbers, are added to it.

    Returns:
        The labels, and source value -> index, or None for values that the map leaves out.

    Raises:
        SentimentError: the map lacks a value, or a value matches none of the names.
    """
    kept: dict[str, str | None] = {}
    if label_map is not None:
        # In the order, and the spelling, in which the map first names them.
        first: dict[str, str] = {}
        spelling = {label: first.setdefault(label_key(label), label) for label in label_map.values() if label}
        mapped = label_mapper(label_map)
        kept = {value: spelling[label] if (label := mapped(value)) else None for value in present}
        labels = ordered = list(dict.fromkeys(spelling.values()))
        shown = dict(zip(ordered, ordered, strict=True))
    else:
        kept |= _one_spelling(Counter(present), [] if notes is None else notes)
        ordered = in_display_order({value for value in kept.values() if value is not None})
        shown = dict(zip(ordered, display_names(ordered), strict=True))
        labels = in_display_order(shown.values())
    if names is not None:
        labels, shown = _apply_names(names, ordered, shown, [] if notes is None else notes)
    elif notes is not None:
        _tell_codes(shown, notes)
    position = {label: place for place, label in enumerate(labels)}
    return labels, {value: None if name is None else position[shown[name]] for value, name in kept.items()}


def _one_spelling(rows: Mapping[str, int], notes: list[str]) -> dict[str, str]:
    """Value -> the spelling to keep of all values that differ from it in case or blanks only."""
    spellings: dict[str, list[str]] = {}
    for value in rows:
        spellings.setdefault(label_key(value), []).append(value)
    # The first one of the most frequent, in an order that does not depend on that of the rows.
    groups = [sorted(group, key=lambda value: (-rows[value], value.isupper(), value)) for group in spellings.values()]
    merged = [" = ".join(group[:MOST_SHOWN]) for group in groups if len(group) > 1]
    if merged:
        more = f"; {len(merged) - MOST_SHOWN} more" if len(merged) > MOST_SHOWN else ""
        notes.append(
            f"Labels that differ only in case or blanks are one: {'; '.join(sorted(merged)[:MOST_SHOWN])}{more}."
        )
    return {value: group[0] for group in groups for value in group}


def _tell_codes(shown: dict[str, str], notes: list[str]) -> None:
    """Say which label a code such as 0 or true is taken for: a source may mean it the other way round."""
    read = [f"{value} = {label}" for value, label in shown.items() if value.lower() in CODES and value != label]
    if read:
        notes.append(f"Labels read as {', '.join(read)}. If that is wrong, give them names with --label-map.")


def joined_labels_note(values: Iterable[str]) -> list[str]:
    """A note, if some labels look like several others in one text, such as "delivery;price"; empty without such."""
    values = list(values)
    keys = {label_key(value) for value in values}
    for separator in (";", "|", ","):
        for value in values:
            parts = value.split(separator)
            if len(parts) > 1 and all(label_key(part) in keys for part in parts):
                return [
                    f"Labels such as {value!r} look like several labels at once, and are read as one label each. "
                    "Several labels of a review are a list, in JSON Lines or Parquet: docs/how-to/several-labels.md."
                ]
    return []


def indexer(index: Mapping[str, int | None]) -> LabelIndexer:
    """A function from the names of a row's labels to their indices, without those that have none."""

    def to_indices(names: list[str]) -> list[int]:
        # Two spellings of one label in a row are one label.
        return list(dict.fromkeys(found for name in names if (found := index[name]) is not None))

    return to_indices


def _apply_names(
    names: list[str], ordered: list[str], shown: dict[str, str], notes: list[str]
) -> tuple[list[str], dict[str, str]]:
    by_name = {label_key(name): name for name in names}
    if len(by_name) < len(names):
        raise SentimentError(f"Two of the labels {', '.join(names)} differ only in case or blanks: rename one.")
    # Match by name, ignoring case and blanks: the source's own names, then those that are shown for them; if a value is
    # neither, match by class number.
    if all(label_key(value) in by_name for value in ordered):
        return names, {value: by_name[label_key(value)] for value in ordered}
    # Two names for 0 and 1 are in class order, whatever they say.
    two = len(names) == 2 and set(ordered) == {"0", "1"}
    if not two and all(label_key(shown[value]) in by_name for value in ordered):
        _tell_codes(shown, notes)
        return names, {value: by_name[label_key(shown[value])] for value in ordered}
    numbered = all(value.isdecimal() for value in ordered)
    fits = numbered and all(int(value) < len(names) for value in ordered)
    # Without a 0, they may be counted from 1, or be stars.
    if fits and any(int(value) == 0 for value in ordered):
        found = {value: names[int(value)] for value in ordered}
        notes.append(
            f"Labels read as class numbers: {', '.join(f'{value} = {name}' for value, name in found.items())}."
        )
        return names, found
    known = set(map(str, range(len(names)))) if numbered and not fits else set(by_name)
    unknown = next(value for value in ordered if not {value, label_key(value), label_key(shown[value])} & known)
    # List all values: a map without one of them would be refused in turn.
    pairs = [f"{value}={by_name.get(label_key(shown[value]), '...')}" for value in ordered[:MOST_SHOWN]]
    more = ",..." if len(ordered) > MOST_SHOWN else ""
    doubt = ", and without a 0 no class number either" if fits else ""
    raise SentimentError(
        f"The data has the label {unknown!r}, which is none of {', '.join(names)}{doubt}. "
        f'Say which is which with --label-map "{",".join(pairs)}{more}"; nothing after = leaves the rows out.'
    )

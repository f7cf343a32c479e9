"""What the fields of a SentimentConfig may hold: it may come from anybody, and no answer must be nonsense."""

import string
from collections.abc import Mapping
from typing import Any

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.labels import MULTI_LABEL, SINGLE_LABEL

LONG_REVIEWS = ("windows", "truncate")
MOST_LABELS, LONGEST_LABEL = 10_000, 200
LONGEST_TEMPLATE = 1000
# A window has at least the special tokens and one of the text. Encoders that read 128,000 tokens exist.
SHORTEST_WINDOW, LONGEST_WINDOW = 3, 1_000_000
# Fitted temperatures are between 0.5 and 3; beyond these bounds, all scores are alike or all are 0 and 1.
LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.01, 100.0


def check_config(config: Any) -> None:
    """Check the types, lengths and ranges of all fields of a SentimentConfig.

    Raises:
        SentimentError: one is wrong; the message names it.
    """
    _check_labels(config.labels)
    if config.problem_type not in (SINGLE_LABEL, MULTI_LABEL):
        raise SentimentError(
            f"problem_type is {_shown(config.problem_type)}; it must be one of {SINGLE_LABEL!r}, {MULTI_LABEL!r}."
        )
    if config.long_reviews not in LONG_REVIEWS:
        raise SentimentError(
            f"long_reviews is {_shown(config.long_reviews)}; it must be one of {', '.join(LONG_REVIEWS)}."
        )
    _check_template(config.template)
    window = config.max_length
    if not isinstance(window, int) or isinstance(window, bool) or not SHORTEST_WINDOW <= window <= LONGEST_WINDOW:
        raise SentimentError(
            f"max_length is {_shown(window)}; it must be a whole number from {SHORTEST_WINDOW} to {LONGEST_WINDOW:,}."
        )
    if not _is_number(config.temperature, LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE):
        raise SentimentError(
            f"temperature is {_shown(config.temperature)}; it must be a number from {LOWEST_TEMPERATURE:g} to "
            f"{HIGHEST_TEMPERATURE:g}."
        )
    _check_thresholds(config.thresholds, len(config.labels))
    _check_abstention(config.abstention)
    for name in ("base", "versions", "provenance"):
        _check_mapping(name, getattr(config, name))


def _check_labels(labels: Any) -> None:
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise SentimentError(f"labels is {_shown(labels)}; it must be a list of names.")
    if len(set(labels)) != len(labels) or len(labels) < 2:
        raise SentimentError(f"An adapter needs two or more different labels; got {_shown(labels)}.")
    if len(labels) > MOST_LABELS:
        raise SentimentError(f"labels has {len(labels):,} names; {MOST_LABELS:,} are the most.")
    wrong = next((label for label in labels if not _is_name(label)), None)
    if wrong is not None:
        raise SentimentError(
            f"labels contains {_shown(wrong)}; a name has 1 to {LONGEST_LABEL} characters, and none that breaks a line."
        )


def _is_name(label: str) -> bool:
    return bool(label.strip()) and len(label) <= LONGEST_LABEL and label.isprintable()


def _check_template(template: Any) -> None:
    # A template may come from the Hub, so allow only the two plain fields: no format width, no attribute access.
    try:
        parts = list(string.Formatter().parse(template))
    except (ValueError, TypeError):
        parts = [("", "unreadable", "", None)]
    wanted = [name for _, name, _, _ in parts if name is not None]
    plain = all(not spec and conversion is None for _, name, spec, conversion in parts if name is not None)
    if sorted(wanted) != ["text", "title"] or not plain or len(template) > LONGEST_TEMPLATE:
        raise SentimentError(
            f"The text template {_shown(template)} must contain {{title}} and {{text}} once each, unformatted, and at "
            f"most {LONGEST_TEMPLATE} characters."
        )


def _check_thresholds(thresholds: Any, labels: int) -> None:
    if thresholds is None:
        return
    if not isinstance(thresholds, list) or not all(_is_number(each, 0, 1) for each in thresholds):
        raise SentimentError(f"thresholds is {_shown(thresholds)}; it must be a list of numbers from 0 to 1.")
    if len(thresholds) != labels:
        raise SentimentError(f"{len(thresholds)} thresholds are given for {labels} labels.")


def _check_abstention(abstention: Any) -> None:
    if abstention is not None and not isinstance(abstention, list):
        raise SentimentError(f"abstention is {_shown(abstention)}; it must be a list.")
    for entry in abstention or []:
        if not isinstance(entry, dict) or not all(
            _is_number(entry.get(key), 0, 1) for key in ("target_error", "threshold")
        ):
            raise SentimentError(
                f"abstention contains {_shown(entry)}: each entry needs a target_error and a threshold, both numbers "
                "from 0 to 1."
            )


def _check_mapping(name: str, value: Any) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise SentimentError(f"{name} is {_shown(value)}; it must be an object with names.")


def _is_number(value: Any, low: float, high: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # NaN compares to nothing. math.isfinite would raise an error for a whole number of more than 308 digits.
    return number and low <= value <= high


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."

"""Accuracy by kind of row, each kind compared with all other rows."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from datasets import Dataset
from scipy.stats import fisher_exact

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.cues import ENGLISH, LENGTHS, MIN_ROWS
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.reviews.columns import SLICE
from hf_sentiment.reviews.review import Review

# Below it, an answer with one label out of two or three is little more than a guess.
LOW_CONFIDENCE = 0.75
# Slices of one column at most: its most frequent values.
MAX_VALUES = 12
TRUE, FALSE = {"1", "true", "yes"}, {"0", "false", "no"}


@dataclass(frozen=True)
class Slice:
    """One kind of row.

    Attributes:
        name: unique among the slices of a report.
        description: what the rows have in common.
        inside: which rows belong to it, booleans of shape (rows,).
        column: the column of the data that it comes from; None for slices derived from texts and answers.
    """

    name: str
    description: str
    inside: np.ndarray
    column: str | None = None


def find_slices(
    data: Dataset,
    config: SentimentConfig,
    confidence: np.ndarray | None = None,
    disagreeing: np.ndarray | None = None,
) -> dict[str, Slice]:
    """Find the slices of a dataset, by name.

    Args:
        data: rows with the columns title and text, and those that `with_slices` adds.
        config: its provenance names the language; cue words are looked for in English reviews only.
        confidence: the winning label's score of each row, of shape (rows,).
        disagreeing: rows whose title alone and text alone get different labels, booleans of shape (rows,).
    """
    reviews = [Review(title, text) for title, text in zip(data["title"], data["text"], strict=True)]
    language = config.provenance.get("arguments", {}).get("language", "en")
    cues = LENGTHS | (ENGLISH if language == "en" else {})
    found = [Slice(name, text, np.array([holds(each) for each in reviews])) for name, (text, holds) in cues.items()]
    if confidence is not None:
        found.append(Slice("low confidence", f"a score under {LOW_CONFIDENCE}", confidence < LOW_CONFIDENCE))
    if disagreeing is not None:
        found.append(Slice("title against text", "title alone and text alone get different labels", disagreeing))
    for column in data.column_names:
        if column.startswith(SLICE):
            found += _column_slices(column.removeprefix(SLICE), data[column][:])
    return {each.name: each for each in found}


def _column_slices(name: str, values: list) -> list[Slice]:
    texts = np.array(["" if value is None else str(value) for value in values])
    lower = {value.lower().removesuffix(".0") for value in texts} - {""}
    if lower and lower <= TRUE | FALSE:
        marked = np.array([value.lower().removesuffix(".0") in TRUE for value in texts])
        return [Slice(name, f"marked {name}", marked, name)]
    common = [value for value, rows in Counter(texts).most_common(MAX_VALUES) if value and rows >= MIN_ROWS]
    return [Slice(f"{name}: {value}", f"{name} is {value}", texts == value, name) for value in common]


def measure_slices(slices: dict[str, Slice], right: np.ndarray) -> list[dict[str, Any]]:
    """Compare the accuracy in each slice with that of all other rows.

    Fisher's exact test, with Holm's correction for the number of slices. A slice with fewer than 30 rows, or with all
    rows, is omitted.

    Args:
        slices: what `find_slices` returned.
        right: which rows are correct, booleans of shape (rows,).

    Returns:
        `name`, `description`, `rows`, `accuracy`, its 95 % Wilson `interval`, `difference` from the other rows'
        accuracy, the corrected `p_value`, and `differs`: whether it is below 0.05. Slices from a column of the data
        also have `column`.
    """
    measured: list[dict[str, Any]] = []
    for each in slices.values():
        rows, hits = int(each.inside.sum()), int(right[each.inside].sum())
        others, other_hits = len(right) - rows, int(right.sum()) - hits
        if rows < MIN_ROWS or not others:
            continue
        counts = np.array([[hits, rows - hits], [other_hits, others - other_hits]])
        measured.append(
            {
                "name": each.name,
                "description": each.description,
                **({"column": each.column} if each.column else {}),
                "rows": rows,
                "accuracy": hits / rows,
                "interval": wilson_interval(hits, rows),
                "difference": hits / rows - other_hits / others,
                "p_value": float(fisher_exact(counts).pvalue),
            }
        )
    for entry, corrected in zip(measured, holm([entry["p_value"] for entry in measured]), strict=True):
        entry |= {"p_value": corrected, "differs": corrected < 0.05}
    return measured


def holm(p_values: list[float]) -> list[float]:
    """Correct the p-values of several tests: Holm 1979, "A simple sequentially rejective multiple test procedure"."""
    corrected, highest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(np.argsort(p_values)):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = highest
    return corrected

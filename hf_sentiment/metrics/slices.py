"""Where the errors gather: kinds of rows, each against all the others."""

from collections import Counter

import numpy as np
from datasets import Dataset
from scipy.stats import fisher_exact

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.cues import ENGLISH, LENGTHS
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.reviews.columns import SLICE
from hf_sentiment.reviews.review import Review

# Below it an answer of one label out of two or three is a guess.
LOW_CONFIDENCE = 0.75
# Values of a column that are slices: those with so many rows, the commonest first.
LEAST_ROWS, MOST_VALUES = 10, 12
TRUE, FALSE = {"1", "true", "yes"}, {"0", "false", "no"}
Kinds = dict[str, tuple[str, np.ndarray]]


def find_slices(
    data: Dataset,
    config: SentimentConfig,
    confidence: np.ndarray | None = None,
    disagreeing: np.ndarray | None = None,
) -> Kinds:
    """Name -> what a slice is, and which rows are in it.

    Args:
        data: rows with the columns title and text, and those that `with_slices` adds.
        config: its provenance names the language: words are looked for in English reviews only.
        confidence: the winning label's score of each row.
        disagreeing: rows whose title alone is answered otherwise than their text alone.
    """
    reviews = [Review(title, text) for title, text in zip(data["title"], data["text"], strict=True)]
    language = config.provenance.get("arguments", {}).get("language", "en")
    cues = LENGTHS | (ENGLISH if language == "en" else {})
    kinds = {name: (text, np.array([holds(each) for each in reviews])) for name, (text, holds) in cues.items()}
    if confidence is not None:
        kinds["low confidence"] = (f"a score under {LOW_CONFIDENCE}", confidence < LOW_CONFIDENCE)
    if disagreeing is not None:
        kinds["title against text"] = ("title alone and text alone get different labels", disagreeing)
    for column in data.column_names:
        if column.startswith(SLICE):
            kinds |= _of_column(column.removeprefix(SLICE), data[column][:])
    return kinds


def _of_column(name: str, values: list) -> Kinds:
    texts = np.array(["" if value is None else str(value) for value in values])
    lower = {value.lower().removesuffix(".0") for value in texts} - {""}
    if lower and lower <= TRUE | FALSE:
        marked = np.array([value.lower().removesuffix(".0") in TRUE for value in texts])
        return {name: (f"marked {name}", marked)}
    common = [value for value, rows in Counter(texts).most_common(MOST_VALUES) if value and rows >= LEAST_ROWS]
    return {f"{name}: {value}": (f"{name} is {value}", texts == value) for value in common}


def measure_slices(kinds: Kinds, right: np.ndarray) -> list[dict]:
    """Accuracy in each slice against that of all other rows.

    Fisher's exact test, with Holm's correction for their number. A slice without rows, or without others, is left out.

    Args:
        kinds: what `find_slices` gives.
        right: which rows are right.

    Returns:
        `name`, `description`, `rows`, `accuracy`, its 95 % Wilson `interval`, `difference` to the rest, the corrected
        `p_value`, and `differs`: whether it is below 5 %.
    """
    measured = []
    for name, (description, inside) in kinds.items():
        rows, hits = int(inside.sum()), int(right[inside].sum())
        others, other_hits = len(right) - rows, int(right.sum()) - hits
        if not rows or not others:
            continue
        measured.append(
            {
                "name": name,
                "description": description,
                "rows": rows,
                "accuracy": hits / rows,
                "interval": wilson_interval(hits, rows),
                "difference": hits / rows - other_hits / others,
                "p_value": float(fisher_exact([[hits, rows - hits], [other_hits, others - other_hits]]).pvalue),
            }
        )
    for each, corrected in zip(measured, holm([each["p_value"] for each in measured]), strict=True):
        each |= {"p_value": corrected, "differs": corrected < 0.05}
    return measured


def holm(p_values: list[float]) -> list[float]:
    """P-values of several tests, corrected: Holm 1979, "A simple sequentially rejective multiple test procedure"."""
    corrected, highest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(np.argsort(p_values)):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = highest
    return corrected

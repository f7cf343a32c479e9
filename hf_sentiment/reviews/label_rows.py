"""How many rows of each split have each label, and what to say of a label that a split lacks."""

import numpy as np
from datasets import Dataset, List

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.labels import MOST_SHOWN

# The adjective of each split's rows.
ROWS_OF = {"train": "training", "validation": "validation", "test": "test"}


def rows_of_labels(data: Dataset, labels: int) -> list[int]:
    """Number of rows with each of the first `labels` class indices; a multi-label row counts for each of its labels."""
    if not len(data):
        return [0] * labels
    column = data.with_format("arrow")["label"][:]
    if isinstance(data.features["label"], List):
        # combine_chunks, because a chunked array of lists flattens to its fields.
        column = column.combine_chunks().flatten()
    counts: list[int] = np.bincount(np.asarray(column, dtype=np.int64), minlength=labels).tolist()
    return counts


def missing_label_notes(rows: dict[str, list[int]], labels: list[str]) -> list[str]:
    """One sentence for each label that a split has no row of, at most twelve.

    Args:
        rows: "train", "validation" and "test" -> the number of rows with each label, in label order.
        labels: names of the labels.
    """
    notes = []
    for index, label in enumerate(labels):
        counts = {name: counts[index] for name, counts in rows.items()}
        if not counts["train"]:
            effect = "the adapter cannot learn it. Add reviews with it, or leave its rows out with --label-map."
        elif not all(counts.values()):
            effect = (
                "it is not measured where it has none. Add reviews with it: each split needs one, with its own text."
            )
        else:
            continue
        notes.append(f"The label {label!r} has {_counted(counts)}: {effect}")
    if len(notes) > MOST_SHOWN:
        notes[MOST_SHOWN:] = [f"{len(notes) - MOST_SHOWN} more labels have no row in a split."]
    return notes


def one_validation_label(rows: dict[str, list[int]], labels: list[str], source: str, stream: bool) -> SentimentError:
    """The error for validation rows that have one label only.

    Args:
        rows: number of rows with each label, as in `missing_label_notes`.
        labels: names of the labels.
        source: what the message calls the source.
        stream: whether the source was read as a stream.
    """
    validation = np.array(rows["validation"])
    only, number = int(validation.argmax()), int(validation.sum())
    others = [index for index, count in enumerate(rows["train"]) if index != only and count]
    if stream:
        cure = "Train without --streaming: then validation rows are drawn label by label."
    elif number == 1:
        cure = "Give 2 validation rows or more, with different labels (--validation-size)."
    else:
        cure = "Add reviews with another label: each split needs one, with its own text."
    there = "; ".join(
        f"{labels[index]!r} has {_counted({name: counts[index] for name, counts in rows.items()})}"
        for index in others[:MOST_SHOWN]
    )
    all_are, them = f"All {number:,} validation reviews of {source} are", "them"
    if number == 1:
        all_are, them = f"The only validation review of {source} is", "it"
    return SentimentError(f"{all_are} {labels[only]}: no epoch can be chosen on {them} ({there}). {cure}")


def _counted(counts: dict[str, int]) -> str:
    parts = [f"{count:,} {ROWS_OF[name]} row{'s' * (count != 1)}" for name, count in counts.items()]
    return ", ".join(parts[:-1]) + f" and {parts[-1]}"

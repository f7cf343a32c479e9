"""Fill the last step of several processes with rows that do not count.

accelerate would fill it with rows of the beginning, which would be read twice.
"""

from collections.abc import Iterator
from typing import Any

from datasets import Dataset, IterableDataset, concatenate_datasets
from torch.utils.data import IterableDataset as Stream

# The label that torch's and transformers' losses leave out.
IGNORED = -100


def with_filling(rows: Dataset) -> Dataset:
    """The encoded rows and, after the last one, the shortest of them without a label."""
    lengths = rows["length"][:]
    shortest = min(range(len(lengths)), key=lengths.__getitem__)
    filling = Dataset.from_list([_without_label(rows[shortest])], features=rows.features)
    return concatenate_datasets([rows, filling])


class FilledStream(Stream):
    """The encoded rows of a stream, and as many without a label as its last step lacks.

    It is not a stream of the package `datasets`: of one with several sources, such as one for each epoch, accelerate
    would give each process a source of its own. Of this one, it gives each process its part of every step.

    Args:
        rows: encoded.
        batch: rows of a step, in all processes together.
    """

    def __init__(self, rows: IterableDataset, batch: int) -> None:
        self.rows = rows
        self.batch = batch

    def __iter__(self) -> Iterator[dict[str, Any]]:
        number, last = 0, {}
        for row in self.rows:
            number, last = number + 1, row
            yield row
        for _ in range(-number % self.batch):
            yield _without_label(last)


def _without_label(row: dict[str, Any]) -> dict[str, Any]:
    label = row["labels"]
    return row | {"labels": [float(IGNORED)] * len(label) if isinstance(label, list) else IGNORED}

"""From rows with the names of their labels to datasets with class indices."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset
from datasets.fingerprint import generate_random_fingerprint
from datasets.table import InMemoryTable

from hf_sentiment.reviews.labels import LabelIndexer, indexer
from hf_sentiment.reviews.left_out import BY_MAP, LeftOut


def rows_of_names(tables: Iterable[pa.Table]) -> Counter[str]:
    """Number of rows with each of the names in the column `names`, which has a list of them in each row."""
    rows: Counter[str] = Counter()
    for table in tables:
        counted = _flat(table).value_counts()
        rows.update({each["values"]: each["counts"] for each in counted.to_pylist()})
    return rows


def may_have_several(table: pa.Table) -> bool:
    """Whether a row of a table can have several labels."""
    return bool(pc.any(table["multi"]).as_py())


def indexed(table: pa.Table, index: Mapping[str, int | None], multi: bool, split: str, notes: list[str]) -> Dataset:
    """The rows with the column `label` in place of `names` and `multi`: a class index, or a list of them if `multi`.

    Args:
        table: rows as `labelled_rows` returns them.
        index: of each name; rows without an index are left out.
        multi: whether rows can have several labels.
        split: the name of the split, for the note.
        notes: the number of rows that are left out is added to it.
    """
    labels = _lists(table, indexer(index)) if multi else _indices(table, index)
    kept = labels.is_valid()
    left_out = LeftOut(split)
    left_out.count(BY_MAP, len(labels) - (kept.true_count or 0))
    notes += left_out.notes()
    rows = table.drop_columns(["names", "multi"]).append_column("label", labels)
    # Without a fingerprint, datasets computes one from all texts.
    fingerprint = generate_random_fingerprint()
    return Dataset(InMemoryTable(rows.filter(kept) if labels.null_count else rows), fingerprint=fingerprint)


def _flat(table: pa.Table) -> Any:
    # combine_chunks, because a chunked array of lists flattens to its fields.
    names: Any = table["names"].combine_chunks()
    return names.flatten()


def _indices(table: pa.Table, index: Mapping[str, int | None]) -> Any:
    # Each row has one name.
    names = _flat(table).dictionary_encode()
    of_names = [index[name] for name in names.dictionary.to_pylist()]
    return pa.array(of_names, pa.int64()).take(names.indices)


def _lists(table: pa.Table, to_indices: LabelIndexer) -> Any:
    columns: list[list[Any]] = [table[name].to_pylist() for name in ("names", "multi")]
    # A row that may have several labels may have none.
    found = [to_indices(names) or ([] if several else None) for names, several in zip(*columns, strict=True)]
    return pa.array(found, pa.list_(pa.int64()))

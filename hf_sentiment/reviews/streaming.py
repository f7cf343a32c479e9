"""Labelled reviews that are read as a stream: memory use does not grow with their number."""

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from datasets import Dataset, concatenate_datasets

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.dataset import Reviews, check_reviews, question_labels, used_splits
from hf_sentiment.reviews.fingerprints import text_digest, text_key
from hf_sentiment.reviews.labelled_source import LeftOut
from hf_sentiment.reviews.labels import MULTI_LABEL, SINGLE_LABEL, LabelIndexer, index_labels, indexer
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.read_source import read_source
from hf_sentiment.reviews.sources import source_name
from hf_sentiment.reviews.typed_source import readable

# The share of a stream that is held back for validation, and the same again for a test split if it has none.
HELD_SHARE = 0.01
VALIDATION_ROWS, TEST_ROWS = 1000, 10_000
# Rows of a stream that are shuffled together.
SHUFFLE_BUFFER = 10_000


@dataclass
class _Seen:
    """What one pass over a split found.

    Attributes:
        rows: number of rows that are not held back.
        names: how many of these rows have each label name.
        held: split name -> the rows held back for it.
        multi: whether a row can have several labels.
    """

    rows: int = 0
    names: Counter[str] = field(default_factory=Counter)
    held: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    multi: bool = False


def stream_reviews(options: DataOptions, *, epochs: float = 1) -> Reviews:
    """Labelled reviews whose training rows are read during training.

    One pass over the source counts its rows and labels and picks the validation rows. A hash of the text decides which
    rows are held back: so a repeated text is in one split only, and the order of the source does not matter. Training
    rows come in the source's order, shuffled within a buffer.

    Args:
        options: as in `load_reviews`, without `train_size` and slices; 1,000 validation rows and 10,000 test rows by
            default.
        epochs: number of passes over the training rows, which follow each other in one stream.

    Raises:
        SentimentError: the source, a column or a label is wrong, or an option is not for streams.
    """
    if options.train_size is not None:
        raise SentimentError("A stream is read to its end: give --max-steps instead of --train-size.")
    if options.columns.slices:
        raise SentimentError("A stream keeps no --slice-columns: give them to hf-sentiment evaluate afterwards.")
    source = read_source(options, streaming=True)
    parts = {"validation": options.validation_size or VALIDATION_ROWS, "test": options.test_size or TEST_ROWS}
    held, tested = {}, frozenset[str]()
    notes = ["Read as a stream: a hash of its text decides which split a row is in."]
    with readable(options.source):
        first, *others = used_splits(source)
        train = source.stream(first, options)
        left_out = {split: LeftOut() for split in (first, "test")}
        if "test" in others and source.label_column("test", options) is not None:
            rows = source.rows("test", options, left_out["test"], notes)
            held = _read_through(rows, {"test": parts.pop("test")}, 1.0).held
            tested = frozenset(text_key(row["text"]) for row in held["test"])
        seen = _read_through(source.rows(first, options, left_out[first], notes), parts, HELD_SHARE, tested)
    notes += [note for split, found in left_out.items() for note in found.notes(split)]
    held |= seen.held
    present = seen.names + Counter(name for part in held.values() for row in part for name in row["names"])
    question_labels(present, seen.multi, source, options)
    labels, index = index_labels(present, options.label_names, options.value_to_label, notes)
    to_index = indexer(index, seen.multi)

    def in_training(text: str) -> bool:
        return _place(text) >= HELD_SHARE * len(parts) and text_key(text) not in tested

    def with_label(names: list[str]) -> dict[str, int | list[int]]:
        return {"label": to_index(names)}

    kept = train.filter(in_training, input_columns="text")
    kept = kept.map(with_label, input_columns="names", remove_columns=["names", "multi"])
    seeds = range(options.seed, options.seed + max(1, round(epochs)))
    counts = [0] * len(labels)
    for name, count in seen.names.items():
        counts[index[name]] += count
    reviews = Reviews(
        concatenate_datasets([kept.shuffle(seed=seed, buffer_size=SHUFFLE_BUFFER) for seed in seeds]),
        _in_memory(held["validation"], to_index),
        _in_memory(held["test"], to_index),
        labels=labels,
        problem_type=MULTI_LABEL if seen.multi else SINGLE_LABEL,
        source=source_name(options.source),
        notes=notes,
        counts=counts,
        train_rows=seen.rows,
    )
    check_reviews(reviews)
    return reviews


def _read_through(
    rows: Iterable[dict[str, Any]], wanted: dict[str, int], share: float, tested: frozenset[str] = frozenset()
) -> _Seen:
    """One pass over the rows, which holds some of them back.

    Args:
        rows: labelled rows.
        wanted: split name -> maximum number of rows held back for it: those with the lowest places within the split's
            share.
        share: the share of all rows that each split may take.
        tested: keys of test texts; rows with these texts are skipped.
    """
    seen = _Seen()
    heaps: dict[str, list[tuple[float, int, dict[str, Any]]]] = {part: [] for part in wanted}
    parts = list(wanted)
    for number, row in enumerate(rows):
        if tested and text_key(row["text"]) in tested:
            continue
        seen.multi = seen.multi or row["multi"]
        place = _place(row["text"])
        part = int(place / share)
        if part >= len(parts):
            seen.rows += 1
            seen.names.update(row["names"])
            continue
        heap = heaps[parts[part]]
        # The number settles ties, because rows cannot be compared.
        entry = (-place, -number, {key: row[key] for key in ("title", "text", "names")})
        if len(heap) < wanted[parts[part]]:
            heapq.heappush(heap, entry)
        else:
            heapq.heappushpop(heap, entry)
    seen.held = {part: [row for *_, row in sorted(heap, reverse=True)] for part, heap in heaps.items()}
    return seen


def _place(text: str) -> float:
    """A number in [0, 1) that depends on the text alone."""
    return int.from_bytes(text_digest(text), "big") / 2**48


def _in_memory(rows: list[dict[str, Any]], to_index: LabelIndexer) -> Dataset:
    columns = {key: [row[key] for row in rows] for key in ("title", "text")}
    return Dataset.from_dict(columns | {"label": [to_index(row["names"]) for row in rows]})

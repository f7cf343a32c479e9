"""Labelled reviews that are read as a stream: never all in memory, whatever there is of them."""

import heapq
from collections import Counter
from dataclasses import dataclass, field

from datasets import Dataset, IterableDataset, concatenate_datasets

from hf_sentiment.core.config import MULTI_LABEL, SINGLE_LABEL
from hf_sentiment.reviews.dataset import Columns, Reviews, as_rows, check, text_key
from hf_sentiment.reviews.fingerprints import text_digest
from hf_sentiment.reviews.labels import index_labels, indexer, parse_map, parse_names
from hf_sentiment.reviews.sources import read_source, readable, source_name

# The share of a stream's rows that is kept aside for validation, and for testing where it has no test split.
HELD_SHARE = 0.01
VALIDATION_ROWS, TEST_ROWS = 1000, 10_000
# Rows of a stream that are shuffled together.
SHUFFLE_BUFFER = 10_000


@dataclass
class _Seen:
    """What one pass over a split found.

    Attributes:
        rows: rows that are not held back.
        names: how many of them have each of the source's label names.
        held: part -> the rows held back for it.
        multi: whether a row can have several labels.
    """

    rows: int = 0
    names: Counter = field(default_factory=Counter)
    held: dict[str, list[dict]] = field(default_factory=dict)
    multi: bool = False


def stream_reviews(
    source: str,
    *,
    columns: Columns = Columns(),  # noqa: B008 - frozen
    labels: str | list[str] | None = None,
    label_map: str | dict | None = None,
    config: str | None = None,
    revision: str | None = None,
    validation_size: int | None = None,
    test_size: int | None = None,
    epochs: float = 1,
    seed: int = 42,
) -> Reviews:
    """Labelled reviews whose training rows are read while training goes on.

    One pass over the source counts its rows and labels and draws the validation rows. Which rows are held back goes by
    a hash of their text, so that a text that stands in the source twice is on one side only, and an order by label or
    date does no harm to them. Training rows come in the source's order, shuffled within a buffer.

    Args:
        source: as in `load_reviews`.
        columns: the columns of text, title and label.
        labels: names for the classes, in class order.
        label_map: source value to label name.
        config: configuration of a Hub data set.
        revision: of a Hub data set.
        validation_size: validation rows; 1,000 by default.
        test_size: test rows; 10,000 by default.
        epochs: passes over the training rows, which follow each other in one stream.
        seed: of the shuffles.

    Raises:
        SentimentError: the source, a column or a label is not as it must be.
    """
    label_map, names = parse_map(label_map), parse_names(labels)
    splits = read_source(source, config=config, revision=revision, streaming=True)
    parts = {"validation": validation_size or VALIDATION_ROWS, "test": test_size or TEST_ROWS}
    held, tested = {}, frozenset()
    with readable(source):
        whole = {name: as_rows(name, part, columns, label_map) for name, part in splits.items()}
        train = whole.get("train", next(iter(whole.values())))
        if "test" in whole and whole["test"] is not train:
            held = _read_through(whole["test"], {"test": parts.pop("test")}, 1.0).held
            tested = frozenset(text_key(row["text"]) for row in held["test"])
        seen = _read_through(train, parts, HELD_SHARE, tested)
    held |= seen.held
    present = set(seen.names) | {name for part in held.values() for row in part for name in row["names"]}
    found, index = index_labels(present, names, label_map)
    to_index = indexer(index, seen.multi)

    def in_training(text):
        return _place(text) >= HELD_SHARE * len(parts) and text_key(text) not in tested

    kept = train.filter(in_training, input_columns="text")
    kept = kept.map(to_index, input_columns="names", remove_columns=["names", "multi"])
    passes = [kept.shuffle(seed=seed + number, buffer_size=SHUFFLE_BUFFER) for number in range(max(1, round(epochs)))]
    counts = [0] * len(found)
    for name, count in seen.names.items():
        counts[index[name]] += count
    reviews = Reviews(
        concatenate_datasets(passes),
        *(_in_memory(held[part], to_index) for part in ("validation", "test")),
        labels=found,
        problem_type=MULTI_LABEL if seen.multi else SINGLE_LABEL,
        source=source_name(source),
        notes=["Read as a stream: rows are held back by a hash of their text."],
        counts=counts,
        train_rows=seen.rows,
    )
    check(reviews)
    return reviews


def _read_through(
    rows: IterableDataset, wanted: dict[str, int], share: float, tested: frozenset[str] = frozenset()
) -> _Seen:
    """One pass: the rows of each part are the `wanted` with the lowest places within a `share` of their own.

    Rows whose text is among the tested ones are passed over.
    """
    seen = _Seen()
    heaps: dict[str, list] = {part: [] for part in wanted}
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
        # The number settles ties: rows cannot be compared.
        entry = (-place, -number, {key: row[key] for key in ("title", "text", "names")})
        if len(heap) < wanted[parts[part]]:
            heapq.heappush(heap, entry)
        else:
            heapq.heappushpop(heap, entry)
    seen.held = {part: [row for *_, row in sorted(heap, reverse=True)] for part, heap in heaps.items()}
    return seen


def _place(text: str) -> float:
    """A number from 0 up to 1 that goes by the text alone."""
    return int.from_bytes(text_digest(text), "big") / 2**48


def _in_memory(rows: list[dict], to_index) -> Dataset:
    columns = {key: [row[key] for row in rows] for key in ("title", "text")}
    return Dataset.from_dict(columns | {"label": [to_index(row["names"])["label"] for row in rows]})

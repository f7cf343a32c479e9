"""Labelled reviews that are read as a stream: memory use does not grow with their number."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from datasets import Dataset, concatenate_datasets

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.dataset import Reviews, check_reviews, unlabelled_note
from hf_sentiment.reviews.fingerprints import text_key
from hf_sentiment.reviews.held_rows import HeldRows, Row, place_of
from hf_sentiment.reviews.label_rows import rows_of_labels
from hf_sentiment.reviews.labelled_source import LabelledSource
from hf_sentiment.reviews.labels import MULTI_LABEL, SINGLE_LABEL, index_labels, indexer, label_mapper
from hf_sentiment.reviews.left_out import BY_MAP, LeftOut, RejectsFile, open_rejects
from hf_sentiment.reviews.number_labels import question_labels
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.read_source import read_source
from hf_sentiment.reviews.sources import source_name

# The share of a stream that is held back for validation, and the same again for a test split if it has none.
HELD_SHARE = 0.01
VALIDATION_ROWS, TEST_ROWS = 1000, 10_000
# Rows of a stream that are shuffled together.
SHUFFLE_BUFFER = 10_000


def stream_reviews(options: DataOptions, *, epochs: float = 1) -> Reviews:
    """Labelled reviews whose training rows are read during training.

    One pass over the source counts its rows and labels and picks the validation rows. A hash of the text decides which
    rows are held back: so a repeated text is in one split only, and the order of the source does not matter. Each split
    has a row of each label while the label has rows for it, training first. Training rows come in the source's order,
    shuffled within a buffer.

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
    held: dict[str, list[Row]] = {}
    notes = ["Read as a stream: a hash of its text decides which split a row is in."]
    first, *others = source.used_splits
    with open_rejects(options.rejects) as rejects:
        passes = _Passes(source, options, notes, rejects)
        # The test rows first: a text that is in several splits counts in them.
        for split in sorted(others):
            found = passes.own_rows(split, parts[split])
            if found:
                held[split] = found
                del parts[split]
            else:
                notes.append(unlabelled_note(split, options))
        seen = passes.training_rows(first, parts)
    tested, several = passes.tested, passes.multi
    held |= seen.parts
    present = seen.names + Counter(name for part in held.values() for row in part for name in row["names"])
    question_labels(present, several, str(source.label_column(first, options.columns)), options)
    labels, index = index_labels(present, options.label_names, options.value_to_label, notes)
    to_label = _labeller(index, several)

    def in_training(text: str, names: list[str], multi: bool) -> bool:
        place = place_of(text)
        if place < HELD_SHARE * len(parts) or place in seen.moved or text_key(text) in tested:
            return False
        return multi or any(index.get(name) is not None for name in names)

    def with_label(names: list[str]) -> dict[str, int | list[int]]:
        return {"label": to_label(names)}

    train = source.stream(first, options.columns).filter(in_training, input_columns=["text", "names", "multi"])
    train = train.map(with_label, input_columns="names", remove_columns=["names", "multi"])
    seeds = range(options.seed, options.seed + max(1, round(epochs)))
    validation, test = (_in_memory(held[split], to_label) for split in ("validation", "test"))
    counts = {"train": [0] * len(labels)}
    for name, count in seen.names.items():
        if (place := index[name]) is not None:
            counts["train"][place] += count
    counts |= {"validation": rows_of_labels(validation, len(labels)), "test": rows_of_labels(test, len(labels))}
    reviews = Reviews(
        concatenate_datasets([train.shuffle(seed=seed, buffer_size=SHUFFLE_BUFFER) for seed in seeds]),
        validation,
        test,
        labels=labels,
        problem_type=MULTI_LABEL if several else SINGLE_LABEL,
        source=source_name(options.source),
        notes=notes,
        counts=counts,
        train_rows=seen.rows,
        test_rows_drawn="test" in parts,
    )
    check_reviews(reviews)
    return reviews


@dataclass
class _Passes:
    """Passes over the splits of a source, each of which reads a split to its end.

    Attributes:
        source: of the rows.
        options: its columns and label map are used.
        notes: sentences about the rows are added to it.
        rejects: where lost rows are written.
        tested: keys of the texts that the splits read so far hold; the following ones are read without them.
        multi: whether a row read so far can have several labels.
    """

    source: LabelledSource
    options: DataOptions
    notes: list[str]
    rejects: RejectsFile | None
    tested: set[str] = field(default_factory=set)
    multi: bool = False

    def own_rows(self, split: str, most: int) -> list[Row]:
        """At most so many rows of a validation or test split; none of a split without labels."""
        if self.source.label_column(split, self.options.columns) is None:
            return []
        rows = self._read(split, HeldRows({split: most}, 1.0)).parts[split]
        self.tested |= {text_key(row["text"]) for row in rows}
        return rows

    def training_rows(self, split: str, parts: dict[str, int]) -> HeldRows:
        """Count the training rows, and hold back those of the other parts.

        Raises:
            SentimentError: there are none.
        """
        seen = self._read(split, HeldRows(parts, HELD_SHARE))
        if seen.moved:
            seen.recount(self._rows(split, LeftOut(split)))
        if not seen.rows:
            raise SentimentError(f"No training rows are left of {self.options.source}. {' '.join(self.notes)}".strip())
        return seen

    def _read(self, split: str, seen: HeldRows) -> HeldRows:
        left_out, earlier = LeftOut(split, self.rejects), 0
        for row in self._rows(split, left_out):
            if self.tested and text_key(row["text"]) in self.tested:
                earlier += 1
            else:
                seen.add(row)
        self.notes += left_out.notes()
        if earlier:
            self.notes.append(f"{earlier} rows of {split} dropped: their text is in another split too.")
        self.multi = self.multi or seen.multi
        return seen.finish()

    def _rows(self, split: str, left_out: LeftOut) -> Iterator[Row]:
        """The rows that the label map keeps; a label that it lacks is an error."""
        label_map = self.options.value_to_label
        mapped = None if label_map is None else label_mapper(label_map)
        for row in self.source.rows(split, self.options.columns, left_out, self.notes):
            if mapped is None or any([mapped(name) for name in row["names"]]) or row["multi"]:
                yield row
            else:
                left_out.count(BY_MAP, 1)


def _labeller(index: Mapping[str, int | None], multi: bool) -> Callable[[list[str]], int | list[int]]:
    to_indices = indexer(index)
    return to_indices if multi else lambda names: to_indices(names)[0]


def _in_memory(rows: list[Row], to_label: Callable[[list[str]], int | list[int]]) -> Dataset:
    columns = {key: [row[key] for row in rows] for key in ("title", "text")}
    return Dataset.from_dict(columns | {"label": [to_label(row["names"]) for row in rows]})

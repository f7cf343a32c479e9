"""LabelledSource: the labelled rows of a source, one split at a time, read only when they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import ClassLabel, Features, IterableDataset, List, Value

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import ROW, Columns, find_column
from hf_sentiment.reviews.labels import value_name
from hf_sentiment.reviews.layout import layout_of, split_title
from hf_sentiment.reviews.left_out import LeftOut
from hf_sentiment.reviews.read_rows import Namer, as_list, column, labelled_rows
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile
from hf_sentiment.reviews.split_names import split_name

CHUNK_ROWS, ROWS_AT_ONCE = 5000, 1000
# The column of a single file that says which split a row is in.
SPLIT = "split"
FEATURES = {
    "title": Value("string"),
    "text": Value("string"),
    "names": List(Value("string")),
    "multi": Value("bool"),
}


@dataclass
class Part:
    """A file of a split.

    Attributes:
        file: the file, or rows that are open already.
        split: the rows with this value in the column `split` belong to the split; all if it is None.
        header: whether a file of a format that may have no header has one.
        is_first: whether the split is the first of those that the column names.
        opened: the open file; None until `open`.
    """

    file: Path | RowFile
    split: str | None = None
    header: bool = True
    is_first: bool = True
    opened: RowFile | None = field(default=None, repr=False)

    def open(self) -> RowFile:
        """The open file."""
        if isinstance(self.file, RowFile):
            return self.file
        # Once, because opening decodes the whole text; and by its own name, because notes go into reports and cards,
        # where no path of this machine belongs.
        if self.opened is None:
            self.opened = open_rows(self.file, self.file.name, header=self.header)
        return self.opened

    def rows_of_split(self, chunk: Chunk) -> Chunk:
        """The rows of a chunk that belong to the split."""
        if self.split is None:
            return chunk
        named = as_list(column(chunk, SPLIT))
        kept = [index for index, value in enumerate(named) if split_name(str(value or "")) == self.split]
        places = pa.array(kept, pa.int64())
        rows = [chunk.rows[index] for index in kept] if isinstance(chunk.rows, list) else chunk.rows.take(places)
        # Rows that cannot be read name no split: they count once, in the first one.
        rejects = chunk.rejects if self.is_first else []
        return Chunk(chunk.rows_read, [chunk.numbers[index] for index in kept], rows, rejects)


class LabelledSource:
    """The labelled rows of a source: title, text, the names of their labels, and whether they could have several.

    Args:
        name: what messages call the source.
        parts: split -> the files with its rows; "train" where the source has no splits.
        notes: sentences about the source that its user should see.
    """

    def __init__(self, name: str, parts: dict[str, list[Part]], notes: list[str] | None = None) -> None:
        self.name, self.parts, self.notes = name, parts, notes or []

    @property
    def splits(self) -> list[str]:
        """The names of the splits, in order."""
        return list(self.parts)

    @property
    def used_splits(self) -> list[str]:
        """The splits that training uses: train, or the first one in its place, and validation and test."""
        train = "train" if "train" in self.parts else self.splits[0]
        return [train, *(name for name in ("validation", "test") if name in self.parts and name != train)]

    def find_split(self, wanted: str) -> str:
        """The split of a name, whatever the source calls it; the only split, if there is one.

        Raises:
            SentimentError: there are several, and none has this name.
        """
        by_name = {split_name(split): split for split in self.splits} | {split: split for split in self.splits}
        found = by_name.get(wanted, by_name.get(split_name(wanted)))
        if found is None and len(self.splits) > 1:
            raise SentimentError(f"{self.name} has no split {wanted!r}; it has {', '.join(self.splits)}.")
        return found or self.splits[0]

    def label_column(self, split: str, columns: Columns) -> str | None:
        """The label column of a split; None if it has none.

        Raises:
            SentimentError: several columns could be it.
        """
        return find_column(self.columns(split), "label", columns.label, split_title(split))

    def columns(self, split: str) -> list[str]:
        """The columns of a split."""
        return self.parts[split][0].open().columns

    def load(self, split: str, columns: Columns, left_out: LeftOut, notes: list[str]) -> pa.Table:
        """The rows of a split as `labelled_rows` returns them.

        Args:
            split: one of `splits`.
            columns: the columns of the review.
            left_out: rows that are left out are added to it.
            notes: sentences about how the files were read are added to it.

        Raises:
            SentimentError: a column does not exist, or does not hold what it should.
        """
        tables = list(self.tables(split, columns, left_out, notes))
        if not tables:
            empty: pa.Table = Features(FEATURES | {ROW: Value("int64")}).arrow_schema.empty_table()
            return empty
        # Only the first files may lack a column of slices.
        return pa.concat_tables(tables, promote_options="default")

    def tables(self, split: str, columns: Columns, left_out: LeftOut, notes: list[str]) -> Iterator[pa.Table]:
        """The rows of `load` in several tables, which are read one after the other; arguments as there."""
        start = 0
        for part in self.parts[split]:
            rows = part.open()
            notes += [note for note in (*self.notes, *rows.notes) if note not in notes]
            left_out.file = rows.name
            layout = layout_of(rows, columns, split_title(split))
            to_name = _namer(rows.schema, layout.label)
            needed = [*layout.columns, *([SPLIT] if part.split else [])]
            read = 0
            for chunk in rows.chunks(CHUNK_ROWS, needed):
                yield labelled_rows(part.rows_of_split(chunk), layout, to_name, left_out, start)
                read += chunk.rows_read
            rows.require_unchanged()
            start += read

    def chunks(self, split: str) -> Iterator[Chunk]:
        """The rows of a split with all their columns, labelled or not; numbered as in the column ROW, but from 1."""
        start = 0
        for part in self.parts[split]:
            rows, read = part.open(), 0
            for chunk in rows.chunks(CHUNK_ROWS):
                kept = part.rows_of_split(chunk)
                yield replace(kept, numbers=[number + start for number in kept.numbers])
                read += chunk.rows_read
            rows.require_unchanged()
            start += read

    def rows(self, split: str, columns: Columns, left_out: LeftOut, notes: list[str]) -> Iterator[dict[str, Any]]:
        """The rows of `load` one at a time, without positions and slices; arguments as there."""
        for table in self.tables(split, columns, left_out, notes):
            # As dictionaries, rows take ten times the memory.
            for batch in table.select(list(FEATURES)).to_batches(ROWS_AT_ONCE):
                yield from batch.to_pylist()

    def stream(self, split: str, columns: Columns) -> IterableDataset:
        """The rows of `rows` as a stream, which is read while it is used, as often as it is used."""
        return IterableDataset.from_generator(
            _stream, gen_kwargs={"source": self, "split": split, "columns": columns}, features=Features(FEATURES)
        )


def _stream(source: LabelledSource, split: str, columns: Columns) -> Iterator[dict[str, Any]]:
    return source.rows(split, columns, LeftOut(split), [])


def _namer(schema: pa.Schema | None, column: str) -> Namer:
    """A function from a value of a label column to its name; None for a value that is no label."""
    names = None if schema is None else _class_names(schema, column)
    if names is None:
        return value_name

    def name_of(value: int) -> str | None:
        if value >= len(names):
            raise SentimentError(f"Column {column!r} has the class {value}, and its file names {len(names)} classes.")
        # Rows without a label have -1, as the test split of SST-2 has.
        return names[value] if value >= 0 else None

    return name_of


def _class_names(schema: pa.Schema, column: str) -> list[str] | None:
    """The names of the classes that `datasets` has written beside a column; None if it has written none."""
    try:
        # Only this column: `datasets` does not know every type of the others.
        feature = Features.from_arrow_schema(schema).get(column)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    feature = feature.feature if isinstance(feature, List) else feature
    return list(feature.names) if isinstance(feature, ClassLabel) else None

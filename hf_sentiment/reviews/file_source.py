"""Labelled rows of CSV, TSV and JSON files, by the same reader and the same rules that `predict` uses."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from datasets import Dataset, Features, IterableDataset, List, Value

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import ROW, SLICE, find_column, not_text, require_column
from hf_sentiment.reviews.label_reader import LabelReader
from hf_sentiment.reviews.labelled_source import LabelledSource, LeftOut, slice_columns, split_title
from hf_sentiment.reviews.labels import value_name
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.review import as_review
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile
from hf_sentiment.reviews.splits import split_name

CHUNK_ROWS = 5000
# The column of a single file that says which split a row is in.
SPLIT = "split"
FEATURES = {
    "title": Value("string"),
    "text": Value("string"),
    "names": List(Value("string")),
    "multi": Value("bool"),
}
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?")
UNREADABLE, NO_TEXT = "could not be read", "left out: no text"
NO_LABEL, BY_MAP = "left out: no label", "left out by the label map"


class _Layout(NamedTuple):
    """Which columns of a file hold what."""

    text: str
    title: str | None
    label: str
    slices: list[str]


class FileSource(LabelledSource):
    """Files of rows, each of one split; a single file may name its splits in a column.

    Args:
        name: what messages call the source.
        files: split -> its files.
    """

    def __init__(self, name: str, files: dict[str, list[Path]]) -> None:
        self.name, self.files = name, files
        self.splits = list(files)
        self.by_column = False
        self._opened: dict[Path, RowFile] = {}

    @classmethod
    def of_file(cls, name: str, path: Path) -> "FileSource":
        """The source of one file.

        Raises:
            SentimentError: the file cannot be read, or has no rows.
        """
        source = cls(name, {"train": [path]})
        rows = open_rows(path, name)
        if SPLIT in rows.columns:
            named = {str(row.get(SPLIT) or ""): None for chunk in rows.chunks(CHUNK_ROWS) for row in _dicts(chunk)}
            splits = [split for split in named if split]
            if splits:
                usual = [split_name(split) for split in splits]
                source.splits = usual if len(set(usual)) == len(usual) else splits
                source.files, source.by_column = {split: [path] for split in source.splits}, True
        return source

    def label_column(self, split: str, options: DataOptions) -> str | None:
        """As in LabelledSource."""
        columns = self._open(self.files[split][0]).columns
        return find_column(columns, "label", options.columns.label, split_title(split))

    def load(self, split: str, options: DataOptions, left_out: LeftOut, notes: list[str]) -> Dataset:
        """As in LabelledSource."""
        rows = list(self.rows(split, options, left_out, notes))
        if rows and all(NUMBER.fullmatch(row["text"]) for row in rows):
            layout = self._layout(split, self._open(self.files[split][0]), options)
            raise not_text(layout.text, f"numbers such as {rows[0]['text']}", f"the {split} split")
        slices = sorted({name for row in rows[:1] for name in row if name.startswith(SLICE)})
        features = Features(FEATURES | {ROW: Value("int64")} | {name: Value("string") for name in slices})
        return Dataset.from_dict({name: [row[name] for row in rows] for name in features}, features=features)

    def stream(self, split: str, options: DataOptions) -> IterableDataset:
        """As in LabelledSource."""
        return IterableDataset.from_generator(
            _stream, gen_kwargs={"source": self, "split": split, "options": options}, features=Features(FEATURES)
        )

    def rows(self, split: str, options: DataOptions, left_out: LeftOut, notes: list[str]) -> Iterator[dict[str, Any]]:
        """As in LabelledSource."""
        position = 0
        for path in self.files[split]:
            rows = self._open(path)
            notes += [note for note in rows.notes if note not in notes]
            layout = self._layout(split, rows, options)
            read_label = LabelReader(value_name, options.value_to_label)
            for chunk in rows.chunks(CHUNK_ROWS):
                for reject in chunk.rejects:
                    left_out.add(UNREADABLE, f"row {reject.number} of {path.name}: {reject.reason}")
                for number, row in zip(chunk.numbers, _dicts(chunk), strict=True):
                    if self.by_column and split not in (row.get(SPLIT), split_name(row.get(SPLIT) or "")):
                        continue
                    labelled = _labelled(row, layout, read_label, left_out, f"row {number} of {path.name}")
                    if labelled is not None:
                        yield labelled | {ROW: position + number - 1}
                position += chunk.rows_read

    def _layout(self, split: str, rows: RowFile, options: DataOptions) -> _Layout:
        columns, what = options.columns, split_title(split)
        text = require_column(rows.columns, "text", columns.text, what)
        title = find_column(rows.columns, "title", columns.title, what)
        label = require_column(rows.columns, "label", columns.label, what)
        return _Layout(text, None if title == text else title, label, slice_columns(rows.columns, columns, what))

    def _open(self, path: Path) -> RowFile:
        # Once, because opening decodes the whole text; and by its own name, because notes go into reports and cards,
        # where no path of this machine belongs.
        if path not in self._opened:
            self._opened[path] = open_rows(path, path.name)
        return self._opened[path]


def _stream(source: FileSource, split: str, options: DataOptions) -> Iterator[dict[str, Any]]:
    for row in source.rows(split, options, LeftOut(), []):
        yield {name: row[name] for name in FEATURES}


def _labelled(
    row: dict[str, Any], layout: _Layout, read_label: LabelReader, left_out: LeftOut, where: str
) -> dict[str, Any] | None:
    """A row as labelled; None if it is left out, which is counted."""
    text, title = row.get(layout.text), row.get(layout.title) if layout.title else None
    if _is_blank(text) and _is_blank(title):
        left_out.add(NO_TEXT)
        return None
    try:
        review = as_review({"text": text, "title": title})
    except SentimentError as error:
        left_out.add(UNREADABLE, f"{where}: {error}")
        return None
    value = row.get(layout.label)
    if _is_blank(value):
        left_out.add(NO_LABEL)
        return None
    names, multi = read_label(value), isinstance(value, list)
    if not names and not multi:
        left_out.add(BY_MAP)
        return None
    slices = {SLICE + name: None if _is_blank(row.get(name)) else str(row[name]) for name in layout.slices}
    return {"title": review.title, "text": review.text, "names": names, "multi": multi} | slices


def _dicts(chunk: Chunk) -> list[dict[str, Any]]:
    return chunk.rows if isinstance(chunk.rows, list) else chunk.rows.to_pylist()


def _is_blank(value: object) -> bool:
    """Whether a cell is empty. A word such as "None" or "n/a" is a text or a label like any other."""
    return value is None or (isinstance(value, str) and not value.strip())

"""Layout: which columns of a file hold the text, the title, the label and the slices of a review."""

from pathlib import Path
from typing import NamedTuple

from hf_sentiment.reviews.columns import SLICE_NAMES, Columns, find_column, require_column
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.row_file import RowFile


class Layout(NamedTuple):
    """Which columns of a file hold what."""

    text: str
    title: str | None
    label: str
    slices: list[str]

    @property
    def columns(self) -> list[str]:
        """All of them."""
        return [self.text, *([self.title] if self.title else []), self.label, *self.slices]


def layout_of(rows: RowFile, columns: Columns, what: str) -> Layout:
    """The layout of a file of labelled reviews.

    Args:
        rows: the file.
        columns: those that the user names.
        what: what a message calls the file; it starts a sentence.

    Raises:
        SentimentError: a column does not exist, or does not hold what it should.
    """
    there = rows.columns
    text = require_column(there, "text", columns.text, what, rows.cure("text"))
    title = find_column(there, "title", columns.title, what)
    label = require_column(there, "label", columns.label, what, rows.cure("label"))
    rows.require_text(text)
    return Layout(text, None if title == text else title, label, _slice_columns(there, columns, what))


def check_files(options: DataOptions) -> None:
    """Check that the files of a source can be read and have the columns of labelled reviews, without reading them all.

    Folders and datasets of the Hub are not checked.

    Raises:
        SentimentError: a file does not exist or cannot be read, or has not these columns; or the options name labels in
            no known form.
    """
    # Reading the labels raises what is wrong with them.
    _ = options.label_names, options.value_to_label
    files = {"train": options.source, "validation": options.validation_file, "test": options.test_file}
    for split, file in files.items():
        if file is not None and (split != "train" or Path(file).expanduser().is_file()):
            path = Path(file).expanduser()
            layout_of(open_rows(path, file, header=options.header), options.columns, split_title(split))


def split_title(split: str, *, starts: bool = True) -> str:
    """What a message about columns calls a split; `starts` says whether it starts a sentence."""
    return f"{'The' if starts else 'the'} {split} split"


def _slice_columns(there: list[str], columns: Columns, source: str) -> list[str]:
    """The columns that the report is sliced by; those with usual names if the user names none."""
    if columns.slices is None:
        # Slices by the label would say nothing: it is what the rows are scored on.
        return [name for name in there if name != columns.label and name.lower() in SLICE_NAMES]
    for name in columns.slices:
        find_column(there, "slice", name, source)
    return list(columns.slices)

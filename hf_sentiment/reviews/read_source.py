"""Find a source of labelled reviews: a preset, a file, a folder or a dataset of the Hub."""

from collections import Counter
from pathlib import Path

from datasets import Dataset, DatasetBuilder, DatasetDict, IterableDatasetDict, load_dataset_builder, load_from_disk
from datasets.config import DATASET_STATE_JSON_FILENAME, DATASETDICT_JSON_FILENAME

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.dataset_rows import DatasetRows, readable
from hf_sentiment.reviews.folder_files import files_by_split, readable_files
from hf_sentiment.reviews.labelled_source import CHUNK_ROWS, SPLIT, LabelledSource, Part
from hf_sentiment.reviews.labels import MOST_SHOWN
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.read_rows import as_list, column
from hf_sentiment.reviews.row_files.class_folder import holds_classes, split_folders, texts_beside_splits
from hf_sentiment.reviews.row_files.formats import no_rows
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.row_files.row_file import RowFile
from hf_sentiment.reviews.row_files.unread import unread_note
from hf_sentiment.reviews.sources import PRESETS, check_path
from hf_sentiment.reviews.split_names import SPLIT_NAMES, split_name

Parts = dict[str, list[Part]]


def read_source(options: DataOptions, *, streaming: bool = False) -> LabelledSource:
    """The labelled rows of a source, and of the files that have its validation and test rows.

    Args:
        options: its source, configuration, revision, header and files are used.
        streaming: leave the rows of a Hub dataset where they are until they are used.

    Raises:
        SentimentError: the source does not exist, is empty, or has an unknown format.
    """
    notes: list[str] = []
    source = options.source
    source = PRESETS.get(source, source) if not Path(source).exists() else source
    path = Path(source).expanduser()
    if path.is_file():
        parts = _of_rows(Part(path, header=options.header, opened=open_rows(path, path.name, header=options.header)))
    elif path.is_dir():
        parts = _of_folder(source, path, options.header, notes)
    else:
        check_path(source)
        with readable(source):
            builder = load_dataset_builder(source, name=options.config, revision=options.revision)
        parts = _of_builder(source, builder, streaming)
    for split, file in (("validation", options.validation_file), ("test", options.test_file)):
        if file is not None:
            parts[split] = _of_file(Path(file).expanduser(), split, options.header)
    return LabelledSource(options.source, parts, notes)


def _of_file(path: Path, split: str, header: bool) -> list[Part]:
    """All rows of a file, or those of one split, if the file has it."""
    parts = _of_rows(Part(path, header=header, opened=open_rows(path, str(path), header=header)))
    return parts.get(split) or [Part(path, header=header)]


def _of_rows(part: Part) -> Parts:
    """One file, whose column `split` may name several splits.

    A column of that name that holds no usual name of a split, but the number of a fold, is a column like any other.
    """
    rows = part.open()
    if SPLIT not in rows.columns:
        return {"train": [part]}
    named: Counter[str] = Counter()
    for chunk in rows.chunks(CHUNK_ROWS, [SPLIT]):
        named.update(split_name(str(value or "")) for value in as_list(column(chunk, SPLIT)))
    if not named.keys() & SPLIT_NAMES:
        return {"train": [part]}
    unused = {name: count for name, count in named.items() if name not in SPLIT_NAMES}
    if unused:
        listed = ", ".join(f"{name or 'empty'} ({count:,})" for name, count in list(unused.items())[:MOST_SHOWN])
        rows.notes.append(f"Training uses no rows of these splits: {listed}.")
    splits = [name for name in named if name]
    return {split: [Part(part.file, split, part.header, split == splits[0], rows)] for split in splits}


def _of_folder(source: str, path: Path, header: bool, notes: list[str]) -> Parts:
    """A folder that save_to_disk wrote, a folder per class, or files of splits, found by their names."""
    if (path / DATASET_STATE_JSON_FILENAME).exists() or (path / DATASETDICT_JSON_FILENAME).exists():
        with readable(source):
            return _of_datasets(source, _saved_splits(source, path))
    if any(file.parent == path for file in readable_files(path)) or not holds_classes(path):
        if _has_configs(path):
            with readable(source):
                return _of_builder(source, load_dataset_builder(str(path)), streaming=False)
        files, unread = files_by_split(path, source)
        notes += unread
        if holds_classes(path):
            notes += unread_note(sorted(path.rglob("*.txt")), path, source)
        return {split: [Part(file, header=header) for file in found] for split, found in files.items()}
    splits = {folder.name: folder for folder in split_folders(path)}
    parts = {split: [Part(folder)] for split, folder in splits.items()} or {"train": [Part(path)]}
    notes += unread_note(texts_beside_splits(path), path, source)
    return _usual(parts)


def _saved_splits(source: str, path: Path) -> DatasetDict:
    cure = "load the splits without it and save them again"
    empty = SentimentError(f"{source} holds no rows, or has a split without rows: {cure}.")
    try:
        loaded = load_from_disk(str(path))
    except IndexError as error:
        # What some versions of `datasets` raise for a split that they have saved without rows; others return it.
        raise empty from error
    splits = DatasetDict(train=loaded) if isinstance(loaded, Dataset) else loaded
    if not all(splits.num_rows.values()):
        raise empty
    return splits


def _has_configs(path: Path) -> bool:
    """Whether the card of a dataset says which files belong to which split."""
    card = path / "README.md"
    return card.is_file() and "configs:" in card.read_text(encoding="utf-8", errors="replace").split("\n---", 1)[0]


def _of_builder(source: str, builder: DatasetBuilder, streaming: bool) -> Parts:
    """Read all splits as `load_dataset` does, which reports an empty split as a plain ValueError."""
    with readable(source):
        if streaming:
            return _of_datasets(source, builder.as_streaming_dataset())
        builder.download_and_prepare()
        sizes = builder.info.splits
        empty = [name for name, split in sizes.items() if not split.num_examples]
        if empty:
            raise no_rows(source if len(sizes) == 1 else f"The {empty[0]} split of {source}")
        return _of_datasets(source, builder.as_dataset())


def _of_datasets(source: str, data: DatasetDict | IterableDatasetDict) -> Parts:
    opened: dict[str, RowFile] = {split: DatasetRows(part, source) for split, part in data.items()}
    if list(opened) == ["train"]:
        return _of_rows(Part(opened["train"]))
    return _usual({split: [Part(rows)] for split, rows in opened.items()})


def _usual(parts: Parts) -> Parts:
    """The parts by the usual names of the splits, unless two splits have the same one."""
    named = {split_name(split): found for split, found in parts.items()}
    return named if len(named) == len(parts) else parts

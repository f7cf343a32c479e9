"""Find a source of labelled reviews: a preset, a file, a folder or a dataset of the Hub."""

from pathlib import Path
from typing import Any

from datasets import DatasetBuilder, DatasetDict, IterableDatasetDict, load_dataset_builder
from datasets.config import DATASET_STATE_JSON_FILENAME

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.file_source import SPLIT, FileSource
from hf_sentiment.reviews.labelled_source import LabelledSource
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.row_files.compression import unpacked
from hf_sentiment.reviews.row_files.formats import FORMATS, checked_kind, no_rows
from hf_sentiment.reviews.sources import PRESETS
from hf_sentiment.reviews.splits import split_name
from hf_sentiment.reviews.typed_source import TypedSource, readable


def read_source(options: DataOptions, *, streaming: bool = False) -> LabelledSource:
    """The labelled rows of a source.

    Args:
        options: its source, configuration and revision are used.
        streaming: leave the rows of Parquet files and Hub datasets where they are until they are used.

    Raises:
        SentimentError: the source does not exist, is empty, or has an unknown format.
    """
    source = options.source
    source = PRESETS.get(source, source) if not Path(source).exists() else source
    path = Path(source).expanduser()
    if path.is_file():
        if checked_kind(path, source) != "parquet":
            return FileSource.of_file(options.source, path)
        return _typed(source, "parquet", streaming, data_files=str(path))
    if path.is_dir():
        return _read_folder(source, path, streaming)
    if unpacked(path).suffix in FORMATS or source.startswith((".", "/", "~")):
        raise SentimentError(f"There is no file or folder {source}; check the path.")
    return _typed(source, source, streaming, name=options.config, revision=options.revision)


def _read_folder(source: str, path: Path, streaming: bool) -> LabelledSource:
    """A folder with files of its splits, which `datasets` finds by their names."""
    if (path / DATASET_STATE_JSON_FILENAME).exists():
        raise SentimentError(f"{source} was written by save_to_disk: write it with to_parquet instead.")
    with readable(source):
        builder = load_dataset_builder(str(path))
    files = {str(split): [Path(str(file)) for file in found] for split, found in _data_files(builder).items()}
    kinds = {FORMATS.get(unpacked(file).suffix.lower()) for found in files.values() for file in found}
    if kinds and kinds <= {"csv", "json"}:
        named = {split_name(split): found for split, found in files.items()}
        return FileSource(source, named if len(named) == len(files) else files)
    return _open(source, builder, streaming)


def _data_files(builder: DatasetBuilder) -> dict[Any, list[str]]:
    return dict(builder.config.data_files or {})


def _typed(source: str, path: str, streaming: bool, **options: Any) -> TypedSource:
    with readable(source):
        builder = load_dataset_builder(path, **options)
    return _open(source, builder, streaming)


def _open(source: str, builder: DatasetBuilder, streaming: bool) -> TypedSource:
    """Read all splits as `load_dataset` does, which reports an empty split as a plain ValueError."""
    with readable(source):
        if streaming:
            return TypedSource(source, builder.as_streaming_dataset())
        builder.download_and_prepare()
        sizes = builder.info.splits
        empty = [name for name, split in sizes.items() if not split.num_examples]
        if empty:
            raise no_rows(source if len(sizes) == 1 else f"The {empty[0]} split of {source}")
        data: DatasetDict | IterableDatasetDict = builder.as_dataset()
    return TypedSource(source, _by_column(data))


def _by_column(data: DatasetDict) -> DatasetDict:
    """One split whose column `split` names several, as several."""
    if list(data) != ["train"] or SPLIT not in data["train"].column_names:
        return data
    whole = data["train"]
    return DatasetDict(
        {
            name: whole.filter(lambda value, name=name: value == name, input_columns=SPLIT)
            for name in whole.unique(SPLIT)
        }
    )

"""Read the raw splits of a source: a preset, a file, a folder or a dataset of the Hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datasets import DatasetDict, IterableDatasetDict, load_dataset_builder
from datasets.config import DATASET_STATE_JSON_FILENAME
from datasets.exceptions import DatasetGenerationError, DatasetNotFoundError

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.row_files.formats import FORMATS, checked_kind, delimiter, no_rows
from hf_sentiment.reviews.sources import PRESETS
from hf_sentiment.reviews.splits import split_name


def read_source(
    source: str, *, config: str | None = None, revision: str | None = None, streaming: bool = False
) -> DatasetDict | IterableDatasetDict:
    """The raw splits of a source under their usual names; a source without splits has one, "train".

    Args:
        source: a preset, a file, a folder or a Hub id.
        config: configuration of a Hub dataset.
        revision: revision of a Hub dataset.
        streaming: read rows only when they are asked for; a file's column `split` is then ignored.

    Raises:
        SentimentError: the source does not exist, is empty, or has an unknown format.
    """
    source = PRESETS.get(source, source) if not Path(source).exists() else source
    path = Path(source).expanduser()
    with readable(source):
        if path.is_file():
            splits = _read_file(path, streaming)
        elif path.is_dir():
            splits = _load(source, str(path), streaming=streaming)
        elif path.suffix in FORMATS or source.startswith((".", "/", "~")):
            raise SentimentError(f"There is no file or folder {source}; check the path.")
        else:
            splits = _load(source, source, name=config, revision=revision, streaming=streaming)
    named = {split_name(name): part for name, part in splits.items()}
    return type(splits)(named) if len(named) == len(splits) else splits


@contextmanager
def readable(source: str) -> Iterator[None]:
    """Turn the errors that `datasets` raises while it reads a source into a SentimentError."""
    try:
        yield
    except DatasetNotFoundError:
        raise SentimentError(
            f"There is no dataset {source!r}: it is not a preset ({', '.join(PRESETS)}), not a file here, and not a "
            "Hub dataset that you can read."
        ) from None
    except (DatasetGenerationError, ValueError, OSError, KeyError) as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise SentimentError(f"The reviews in {source} cannot be read: {first_line(cause)}") from error


def _read_file(path: Path, streaming: bool) -> DatasetDict | IterableDatasetDict:
    kind = checked_kind(path, str(path))
    options = {"sep": delimiter(path)} if kind == "csv" else {}
    splits = _load(str(path), kind, data_files=str(path), streaming=streaming, **options)
    whole = splits["train"]
    if streaming or "split" not in whole.column_names:
        return splits
    return DatasetDict(
        {
            name: whole.filter(lambda value, name=name: value == name, input_columns="split")
            for name in whole.unique("split")
        }
    )


def _load(source: str, path: str, *, streaming: bool, **options: Any) -> DatasetDict | IterableDatasetDict:
    """Load all splits, as `load_dataset` does; that one reports an empty split as a plain ValueError."""
    if Path(path, DATASET_STATE_JSON_FILENAME).exists():
        raise SentimentError(f"{source} was written by save_to_disk: write it with to_parquet instead.")
    builder = load_dataset_builder(path, **options)
    if streaming:
        return builder.as_streaming_dataset()
    builder.download_and_prepare()
    empty = [name for name, split in builder.info.splits.items() if not split.num_examples]
    if empty:
        raise no_rows(source if len(builder.info.splits) == 1 else f"The {empty[0]} split of {source}")
    return builder.as_dataset()

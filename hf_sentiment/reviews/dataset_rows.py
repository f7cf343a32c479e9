"""Read a split that the `datasets` library has loaded, or streams, like a file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
from datasets import Dataset, IterableDataset
from datasets.exceptions import DatasetGenerationError, DatasetNotFoundError

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile
from hf_sentiment.reviews.sources import PRESETS


class DatasetRows(RowFile):
    """One split of a dataset; its columns keep their types.

    Args:
        data: the split, in memory or as a stream.
        name: what messages call it.
    """

    typed = True

    def __init__(self, data: Dataset | IterableDataset, name: str) -> None:
        # Not a path: the rows come from wherever `datasets` has them.
        self.data, self.name = data, name
        self.notes, self.hint = [], ""
        with readable(name):
            # A stream may have no columns before its first row.
            self.columns = list(data.column_names or next(iter(data), {}))
        self.schema = None if data.features is None else data.features.arrow_schema
        self.total = len(data) if isinstance(data, Dataset) else None

    def chunks(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
        """As in RowFile."""
        data = self.data if columns is None else self.data.select_columns(list(dict.fromkeys(columns)))
        first = 1
        with readable(self.name):
            for table in data.with_format("arrow").iter(batch_size=size):
                yield Chunk(len(table), range(first, first + len(table)), table, [])
                first += len(table)


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
    except (DatasetGenerationError, ValueError, OSError, KeyError, pa.ArrowException) as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise SentimentError(f"The reviews in {source} cannot be read: {first_line(cause)}") from error

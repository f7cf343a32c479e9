"""Read a Parquet file."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.row_files.compression import MOST_GROWTH, SMALL_BYTES
from hf_sentiment.reviews.row_files.formats import no_rows, refuse_repeated_columns
from hf_sentiment.reviews.row_files.parquet_cells import split_good, text_bytes
from hf_sentiment.reviews.row_files.parquet_size import check_growth, rows_at_once
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile, chunks_between

# Bytes of rows in memory at a time.
BATCH_BYTES = 64 << 20


class ParquetRows(RowFile):
    """A Parquet file; its columns keep their types.

    A file of a few hundred bytes can spell gigabytes: rows are read in batches of some 64 MiB, a row with a cell of
    more than 10,000,000 bytes is rejected, and a file whose text has more than 100 times its size and more than 1 GiB
    is refused, as compressed files are.
    """

    typed = True

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        try:
            with pq.ParquetFile(path) as file:
                schema, self.total = file.schema_arrow, file.metadata.num_rows
                self.columns = schema.names
                check_growth(file.metadata, name)
        except (OSError, pa.ArrowException) as error:
            raise SentimentError(f"{name} cannot be read: {first_line(error)}") from error
        except UnicodeDecodeError as error:
            raise SentimentError(f"{name} has a column whose name is not UTF-8: write it again.") from error
        self.schema = schema
        refuse_repeated_columns(self.columns, name)
        if not self.total:
            raise no_rows(name)

    def chunks(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
        """As in RowFile; chunks of large rows are smaller."""
        return self._chunks(size, None if columns is None else list(dict.fromkeys(columns)))

    def chunks_from(self, start: int, size: int) -> Iterator[Chunk]:
        """As in RowFile; row groups before that of the first row are not read."""
        try:
            with pq.ParquetFile(self.path) as file:
                sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        except (OSError, pa.ArrowException) as error:
            raise SentimentError(f"{self.name} cannot be read: {first_line(error)}") from error
        ends = list(accumulate(sizes))
        group = bisect_right(ends, start)
        before = ends[group - 1] if group else 0
        return chunks_between(self._chunks(size, None, group, before), before, start)

    def _chunks(self, size: int, wanted: list[str] | None, group: int = 0, before: int = 0) -> Iterator[Chunk]:
        """The rows from a row group on, which has `before` rows before it."""
        first, decoded = before + 1, 0
        most = max(SMALL_BYTES, MOST_GROWTH * self.path.stat().st_size)
        try:
            for table in map(_without_views, self._tables(size, wanted, group)):
                decoded += text_bytes(table)
                if decoded > most:
                    raise SentimentError(
                        f"{self.name} holds more than {most >> 20:,} MiB of text, {MOST_GROWTH} times its size or "
                        "more: if it is really a file of reviews, write it as CSV or JSON Lines."
                    )
                good, rejects = split_good(table, first)
                lost = {reject.number for reject in rejects}
                numbers: Sequence[int] = range(first, first + len(table))
                if lost:
                    numbers = [number for number in numbers if number not in lost]
                yield Chunk(len(table), numbers, good, rejects)
                first += len(table)
        except (OSError, pa.ArrowException) as error:
            raise SentimentError(f"{self.name} cannot be read from row {first} on: {first_line(error)}") from error

    def _tables(self, size: int, columns: list[str] | None, start: int) -> Iterator[pa.Table]:
        """Consecutive rows from a row group on, `size` at a time or fewer where they are large."""
        with pq.ParquetFile(self.path) as file:
            gathered: list[pa.RecordBatch] = []
            rows = held = 0
            for group in range(start, file.num_row_groups):
                step = rows_at_once(self.path, file, group, columns, BATCH_BYTES, size)
                for batch in file.iter_batches(batch_size=step, row_groups=[group], columns=columns):
                    taken = max(_buffer_bytes(batch), text_bytes(batch))
                    if gathered and (rows + len(batch) > size or held + taken > BATCH_BYTES):
                        yield pa.Table.from_batches(gathered)
                        gathered, rows, held = [], 0, 0
                    gathered.append(batch)
                    rows, held = rows + len(batch), held + taken
            if gathered:
                yield pa.Table.from_batches(gathered)


def _buffer_bytes(batch: pa.RecordBatch) -> int:
    try:
        return batch.nbytes
    except pa.ArrowTypeError:
        # pyarrow 21 does not know the size of views; what they share counts whole here.
        return batch.get_total_buffer_size()


def _without_views(table: pa.Table) -> pa.Table:
    """A table whose views are plain strings and bytes, because pyarrow can neither take rows of views nor join them."""
    fields = [field.with_type(_plain(field.type)) for field in table.schema]
    plain = pa.schema(fields).with_metadata(table.schema.metadata)
    return table if plain == table.schema else table.cast(plain)


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_plain(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_plain(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain(field.type)) for field in kind])
    return kind

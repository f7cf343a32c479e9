"""Read a Parquet file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.row_files.formats import no_rows, refuse_repeated_columns
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile


class ParquetRows(RowFile):
    """A Parquet file; its columns keep their types."""

    typed = True

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        try:
            with pq.ParquetFile(path) as file:
                schema, self.total = file.schema_arrow, file.metadata.num_rows
        except (OSError, pa.ArrowException) as error:
            raise SentimentError(f"{name} cannot be read: {first_line(error)}") from error
        self.schema, self.columns = schema, schema.names
        refuse_repeated_columns(self.columns, name)
        if not self.total:
            raise no_rows(name)

    def chunks(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
        """As in RowFile."""
        first = 1
        wanted = None if columns is None else list(dict.fromkeys(columns))
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=size, columns=wanted):
                    table = _without_views(pa.Table.from_batches([batch]))
                    yield Chunk(len(table), range(first, first + len(table)), table, [])
                    first += len(table)
        except (OSError, pa.ArrowException) as error:
            raise SentimentError(f"{self.name} cannot be read from row {first} on: {first_line(error)}") from error


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

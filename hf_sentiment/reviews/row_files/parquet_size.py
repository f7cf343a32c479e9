"""How much memory the rows of a Parquet file take, before they are read.

The size of the file does not tell: a value that stands once in a column's dictionary may be that of a million rows.
"""

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import MOST_GROWTH

# Columns of fewer bytes are read whatever they were compressed to.
SMALL_COLUMN = 256 << 20
# Bytes of a value of any other type, with what Arrow needs beside it.
NUMBER_BYTES = 16


def check_growth(metadata: pq.FileMetaData, name: str) -> None:
    """Refuse columns that were compressed to a hundredth, which reviews are not.

    Raises:
        SentimentError: there is such a column.
    """
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            column = metadata.row_group(group).column(place)
            size = column.total_uncompressed_size
            if size > max(SMALL_COLUMN, MOST_GROWTH * column.total_compressed_size):
                raise SentimentError(
                    f"Column {column.path_in_schema!r} of {name} holds {size >> 20:,} MiB in a row group of "
                    f"{column.total_compressed_size:,} bytes: if it is really a file of reviews, write it in smaller "
                    "row groups, or as CSV."
                )


def rows_at_once(path: Path, file: pq.ParquetFile, group: int, columns: list[str] | None, most: int, size: int) -> int:
    """How many rows of a row group can be read at once.

    Args:
        path: the file.
        file: the same, open.
        group: the index of the row group.
        columns: the columns to read; all by default.
        most: bytes that the rows may take.
        size: the most rows to read.
    """
    metadata = file.metadata.row_group(group)
    per_row = 0.0
    for place in range(metadata.num_columns):
        column = metadata.column(place)
        if columns is not None and column.path_in_schema.partition(".")[0] not in columns:
            continue
        values = column.num_values / max(1, metadata.num_rows)
        per_row += values * _longest(path, group, column, most // max(1, size))
    return max(1, min(size, int(most / max(1.0, per_row))))


def _longest(path: Path, group: int, column: pq.ColumnChunkMetaData, harmless: int) -> float:
    """The longest value that a column repeats, or the mean length of its values if it repeats none."""
    if column.physical_type not in ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"):
        return NUMBER_BYTES
    mean = column.total_uncompressed_size / max(1, column.num_values)
    if "DELTA_BYTE_ARRAY" in column.encodings:
        # Each value may repeat all of the one before it.
        return column.total_uncompressed_size
    if not column.has_dictionary_page or column.total_uncompressed_size <= harmless:
        return mean
    if column.physical_type == "BYTE_ARRAY" and "." not in column.path_in_schema:
        # Read as a dictionary, the first row brings all of it, and only once.
        with pq.ParquetFile(path, read_dictionary=[column.path_in_schema]) as file:
            batches = file.iter_batches(batch_size=1, row_groups=[group], columns=[column.path_in_schema])
            values = next(batches).column(0)
        if hasattr(values, "dictionary"):
            return max(mean, pc.max(pc.binary_length(values.dictionary)).as_py() or 0)
    return column.total_uncompressed_size

"""Open a file of reviews, whatever its format, and count its rows."""

from pathlib import Path

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reviews.row_files.compression import DAMAGED
from hf_sentiment.reviews.row_files.csv_rows import CsvRows
from hf_sentiment.reviews.row_files.formats import checked_kind
from hf_sentiment.reviews.row_files.json_rows import JsonRows
from hf_sentiment.reviews.row_files.parquet_rows import ParquetRows
from hf_sentiment.reviews.row_files.row_file import RowFile

READERS: dict[str, type[CsvRows] | type[JsonRows] | type[ParquetRows]] = {
    "csv": CsvRows,
    "json": JsonRows,
    "parquet": ParquetRows,
}
COUNT_ROWS = 5000


def open_rows(path: str | Path, name: str | None = None) -> RowFile:
    """Open a file by its suffix.

    Args:
        path: a CSV, TSV, JSON Lines or Parquet file, or a JSON array; text files may be compressed with gzip.
        name: what messages call it; the path by default.

    Returns:
        The reader of its format, which needs the memory of one chunk (a JSON array, that of its text).

    Raises:
        SentimentError: there is no such file, it holds no rows, or it is not of its format.
    """
    path, name = Path(path), str(path) if name is None else name
    if not path.is_file():
        raise SentimentError(f"There is no file {name}; check the path.")
    try:
        kind = checked_kind(path, name)
        return READERS[kind](path, name)
    except DAMAGED as error:
        raise SentimentError(f"{name} cannot be decompressed: {first_line(error)}") from error
    except OSError as error:
        raise SentimentError(f"{name} cannot be read: {error.strerror or first_line(error)}") from error


def count_rows(path: str | Path, name: str | None = None) -> int:
    """Number of rows in a file, good and bad. Text files are read for it, at about 500,000 rows a second.

    Raises:
        SentimentError: as in `open_rows`.
    """
    rows = open_rows(path, name)
    return rows.total or sum(chunk.rows_read for chunk in rows.chunks(COUNT_ROWS))

"""Open a file of reviews, whatever its format, and count its rows."""

from pathlib import Path

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.reviews.row_files.class_folder import ClassFolderRows, class_folders, split_folders
from hf_sentiment.reviews.row_files.compression import DAMAGED
from hf_sentiment.reviews.row_files.csv_rows import CsvRows
from hf_sentiment.reviews.row_files.formats import checked_kind
from hf_sentiment.reviews.row_files.json_rows import JsonRows
from hf_sentiment.reviews.row_files.parquet_rows import ParquetRows
from hf_sentiment.reviews.row_files.row_file import RowFile
from hf_sentiment.reviews.row_files.xlsx_rows import XlsxRows

COUNT_ROWS = 5000
# Formats whose files may have no header.
WITH_HEADER = {"csv": CsvRows, "xlsx": XlsxRows}


@system_errors_explained()
def open_rows(path: str | Path, name: str | None = None, *, header: bool = True) -> RowFile:
    """Open a file by its suffix, or a folder with one folder of text files per class.

    Args:
        path: a CSV, TSV, JSON Lines, Parquet or Excel file, or a JSON array; text files may be compressed with gzip,
            bzip2 or xz.
        name: what messages call it; the path by default.
        header: whether the first row of a CSV, TSV or Excel file has the names of the columns; without it, columns are
            named by their numbers, from 1.

    Returns:
        The reader of its format, which needs the memory of one chunk (a JSON array, that of its text).

    Raises:
        SentimentError: there is no such file, it holds no rows, or it is not of its format.
    """
    path, name = Path(path), str(path) if name is None else name
    if path.is_dir():
        splits = split_folders(path)
        if splits:
            raise SentimentError(f"{name} has a folder for each split: give one of them, such as {splits[0]}.")
        if class_folders(path):
            return ClassFolderRows(path, name)
    if not path.is_file():
        raise SentimentError(f"{name} is a folder: give one file." if path.is_dir() else _missing(name))
    try:
        kind = checked_kind(path, name)
        if kind in WITH_HEADER:
            return WITH_HEADER[kind](path, name, header)
        if not header:
            raise SentimentError(f"{name} names its columns itself: --no-header is for CSV, TSV and Excel files.")
        return JsonRows(path, name) if kind == "json" else ParquetRows(path, name)
    except DAMAGED as error:
        raise SentimentError(f"{name} cannot be decompressed: {first_line(error)}") from error
    except OSError as error:
        raise SentimentError(f"{name} cannot be read: {error.strerror or first_line(error)}") from error


def _missing(name: str) -> str:
    return f"There is no file {name}; check the path."


def count_rows(rows: RowFile) -> int:
    """Number of rows in a file, good and bad. Text files are read for it, about a million rows of CSV a second."""
    return rows.total or sum(chunk.rows_read for chunk in rows.chunks(COUNT_ROWS, rows.columns[:1]))

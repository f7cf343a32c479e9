"""The file formats that hold reviews, and the checks that come before any reading."""

from collections import Counter
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import SUFFIX, unpacked
from hf_sentiment.reviews.row_files.conversion import cure

# By suffix; the values are what `datasets` calls the formats.
FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".json": "json", ".ndjson": "json", ".parquet": "parquet"}


def file_kind(path: Path, name: str) -> str:
    """The format of a file by its suffix: "csv", "json" or "parquet".

    Args:
        path: the file, which need not exist.
        name: what a message calls it.

    Raises:
        SentimentError: the suffix is unknown.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise SentimentError(f"{name} is none of {', '.join(FORMATS)}; rename or convert it.")
    return kind


def checked_kind(path: Path, name: str) -> str:
    """The format of a file that is not empty; text files may be compressed with gzip.

    Raises:
        SentimentError: the suffix is unknown, or the file is empty.
    """
    suffix, inner = path.suffix.lower(), unpacked(path)
    gzipped_text = suffix == SUFFIX and FORMATS.get(inner.suffix.lower()) in ("csv", "json")
    sentence = None if gzipped_text else cure(name, suffix)
    if sentence:
        raise SentimentError(sentence)
    kind = file_kind(inner, name)
    if not path.stat().st_size:
        raise SentimentError(f"{name} is empty.")
    return kind


def delimiter(path: Path) -> str:
    """The character between the cells of a CSV or TSV file."""
    return "\t" if unpacked(path).suffix.lower() == ".tsv" else ","


def no_rows(name: str) -> SentimentError:
    """The error for a source without a single row."""
    return SentimentError(f"{name} holds no rows.")


def refuse_repeated_columns(columns: list[str], name: str) -> None:
    """Refuse columns of the same name, which cannot be told apart.

    Raises:
        SentimentError: there are two columns of one name.
    """
    repeated = next((column for column, times in Counter(columns).items() if times > 1), None)
    if repeated is not None:
        raise SentimentError(f"{name} has more than one column {repeated!r}: rename them.")

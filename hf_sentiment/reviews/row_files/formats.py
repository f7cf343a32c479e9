"""The file formats that hold reviews, and the checks that come before any reading."""

from collections import Counter
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import OPENERS, unpacked
from hf_sentiment.reviews.row_files.conversion import cure

# By suffix; the values are what `datasets` calls the formats.
FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".json": "json", ".ndjson": "json", ".parquet": "parquet"}
# Those that are read; Excel files are not written.
READABLE = FORMATS | {".xlsx": "xlsx"}


def file_kind(path: Path, name: str) -> str:
    """The format of a file to write, by its suffix: "csv", "json" or "parquet".

    Args:
        path: the file, which need not exist.
        name: what a message calls it.

    Raises:
        SentimentError: the suffix is unknown.
    """
    return _kind(path, name, FORMATS)


def checked_kind(path: Path, name: str) -> str:
    """The format of a file to read, which is not empty; text files may be compressed.

    Raises:
        SentimentError: the suffix is unknown, or the file is empty.
    """
    suffix, inner = path.suffix.lower(), unpacked(path)
    compressed_text = suffix in OPENERS and FORMATS.get(inner.suffix.lower()) in ("csv", "json")
    sentence = None if compressed_text else cure(name, suffix)
    if sentence:
        raise SentimentError(sentence)
    kind = _kind(inner, name, READABLE)
    if not path.stat().st_size:
        raise SentimentError(f"{name} is empty.")
    return kind


def delimiter(path: Path) -> str:
    """The character between the cells of a CSV or TSV file."""
    return "\t" if unpacked(path).suffix.lower() == ".tsv" else ","


def no_rows(name: str) -> SentimentError:
    """The error for a source without a single row."""
    return SentimentError(f"{name} holds no rows.")


def refuse_repeated_columns(columns: list[str], name: str, hint: str = "") -> None:
    """Refuse columns of the same name, which cannot be told apart.

    Args:
        columns: the names.
        name: what a message calls the file.
        hint: a sentence that ends the message.

    Raises:
        SentimentError: there are two columns of one name.
    """
    repeated = next((column for column, times in Counter(columns).items() if times > 1), None)
    if repeated is not None:
        raise SentimentError(f"{name} has more than one column {repeated!r}: rename them. {hint}".rstrip())


def _kind(path: Path, name: str, formats: dict[str, str]) -> str:
    kind = formats.get(path.suffix.lower())
    if kind is None:
        raise SentimentError(f"{name} is none of {', '.join(formats)}; rename or convert it.")
    return kind

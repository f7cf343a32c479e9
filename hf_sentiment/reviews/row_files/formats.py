"""The file formats that hold reviews, and the checks that come before any reading."""

from collections import Counter
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import SUFFIX, unpacked

# By suffix; the values are what `datasets` calls the formats.
FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".json": "json", ".ndjson": "json", ".parquet": "parquet"}

# How to make one of these formats of others, by suffix; {name} is the file.
UNPACK = {".zst": "zstd -d {name}", ".bz2": "bunzip2 -k {name}", ".xz": "unxz -k {name}", ".zip": "unzip {name}"}
EXCEL = """python -c "import pandas; pandas.read_excel('{name}', dtype=str).to_csv('{stem}.csv', index=False)\""""
CURES = {
    **{suffix: f"is compressed: decompress it with {command}." for suffix, command in UNPACK.items()},
    ".gz": "is compressed: decompress it with gunzip -k {name}.",
    ".xlsx": f"is an Excel file: save it as CSV, or run pip install openpyxl and {EXCEL}",
    ".xls": f"is an Excel file: save it as CSV, or run pip install xlrd and {EXCEL}",
}


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
    if suffix in CURES and not gzipped_text:
        raise SentimentError(f"{name} {CURES[suffix].format(name=name, stem=Path(name).stem)}")
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

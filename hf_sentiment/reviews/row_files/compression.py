"""Read files that are compressed with gzip, block by block, so that their size costs no memory."""

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, cast

SUFFIX = ".gz"
# What reading raises where a file ends too early or is damaged; gzip.BadGzipFile is an OSError.
DAMAGED = (EOFError, zlib.error)


def unpacked(path: Path) -> Path:
    """The name of a file without the suffix of its compression."""
    return path.with_suffix("") if path.suffix.lower() == SUFFIX else path


def open_bytes(path: Path) -> BinaryIO:
    """Open a file, compressed or not, for reading its content."""
    return cast(BinaryIO, gzip.open(path)) if path.suffix.lower() == SUFFIX else path.open("rb")

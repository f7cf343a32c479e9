"""Read compressed files block by block, so that their size costs no memory."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from hf_sentiment.errors import SentimentError

OPENERS: dict[str, Callable[[Path], object]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
# What reading raises where a file ends too early or is damaged; gzip.BadGzipFile is an OSError.
DAMAGED = (EOFError, zlib.error, lzma.LZMAError)
# Reviews shrink to a third or a tenth, hardly to a hundredth: a file that grows further is not one of reviews. A small
# file may hold one sentence many times.
MOST_GROWTH, SMALL_BYTES = 100, 1 << 30
BUFFER = 1 << 20


def unpacked(path: Path) -> Path:
    """The name of a file without the suffix of its compression."""
    return path.with_suffix("") if path.suffix.lower() in OPENERS else path


def open_bytes(path: Path) -> BinaryIO:
    """Open a file, compressed or not, for reading its content.

    Reading raises a SentimentError where a compressed file holds more than 100 times its size and more than 1 GiB.
    """
    opener = OPENERS.get(path.suffix.lower())
    if opener is None:
        return path.open("rb")
    bounded = _Bounded(cast(BinaryIO, opener(path)), path, max(SMALL_BYTES, MOST_GROWTH * path.stat().st_size))
    return io.BufferedReader(bounded, BUFFER)


class _Bounded(io.RawIOBase):
    """The content of a compressed file, of which at most `most` bytes are read."""

    def __init__(self, content: BinaryIO, path: Path, most: int) -> None:
        self._content, self._path, self._most = content, path, most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._content.seek(offset, whence)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count: int = self._content.readinto(buffer)  # type: ignore[attr-defined]
        if self._content.tell() > self._most:
            raise SentimentError(
                f"{self._path.name} holds more than {self._most >> 20:,} MiB, {self._most // self._path.stat().st_size}"
                " times its size: if it is really a file of reviews, decompress it first."
            )
        return count

    def close(self) -> None:
        self._content.close()
        super().close()

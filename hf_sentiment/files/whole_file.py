"""Write a file whole, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path, folder: Path | None = None) -> Iterator[BinaryIO]:
    """A binary file that gets its name only when it is complete and on the disk; after an error nothing is left of it.

    Args:
        path: its final name; a file of this name is replaced.
        folder: where it is until then, on the same file system; the folder of `path` by default.
    """
    temporary = temporary_name(folder or path.parent)
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_name(folder: Path) -> Path:
    """A name in a folder that no other file has: "<path>.tmp" may be somebody's file."""
    return folder / f".{secrets.token_hex(8)}.tmp"

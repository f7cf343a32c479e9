"""Errors of the system as sentences: a full disk, a forbidden or impossible path, bytes that are no text."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from hf_sentiment.errors import SentimentError

# Longest path or text that a message shows.
SHOWN = 100
# What is wrong with a path, and what to do. EFBIG is what a limit on the size of files gives (ulimit -f).
SENTENCES = {
    errno.ENOSPC: "There is no space left on the disk for {path}: free some, or write to another disk.",
    errno.EDQUOT: "There is no space left in your quota for {path}: free some, or write to another disk.",
    errno.EFBIG: "{path} would be larger than files may be here: raise the limit (ulimit -f), or use another disk.",
    errno.EACCES: "There is no permission to read or write {path}: change its permissions, or give another path.",
    errno.EPERM: "There is no permission to change {path}: change its permissions, or give another path.",
    errno.EROFS: "{path} is on a read-only file system: give another path.",
    errno.ENAMETOOLONG: "The name of {path} is too long for the file system: give a shorter one.",
    errno.ENOENT: "There is no file or folder {path}: check the path.",
    errno.EEXIST: "{path} exists already, and is a file or not empty: give another path.",
    errno.ENOTDIR: "A part of the path {path} is a file, not a folder: give another path.",
    errno.EISDIR: "{path} is a folder, not a file: give another path.",
    errno.ENOTEMPTY: "The folder {path} is not empty: give another path.",
    errno.ELOOP: "The links of {path} lead in a circle: give another path.",
    errno.EIO: "The disk cannot read or write {path}: check it, or use another one.",
    errno.EMFILE: "Too many files are open to open {path}: raise the limit (ulimit -n).",
    errno.ENFILE: "Too many files are open on this machine to open {path}: end other programs.",
    errno.ENOMEM: "There is not enough memory for {path}: end other programs, or use a larger machine.",
}


def system_sentence(error: BaseException, path: str | os.PathLike[str] | None = None) -> str | None:
    """The sentence for an error that comes from the system or from what the user gave, or None for any other error.

    Args:
        error: any exception.
        path: what was read or written, for an error that does not say so itself.
    """
    if isinstance(error, OSError):
        template = SENTENCES.get(error.errno or 0)
        if template is None and error.strerror is None:
            # Libraries raise OSError with messages of their own.
            return None
        name = os.fsdecode(error.filename if isinstance(error.filename, str | bytes) else path or "a file")
        return (template or f"{{path}} cannot be used ({error.strerror}).").format(path=_short(name))
    if isinstance(error, UnicodeEncodeError) and error.encoding == "utf-8":
        return f"{_short(error.object)} holds bytes that are no text in UTF-8: rename the file or correct the argument."
    if isinstance(error, UnicodeEncodeError | UnicodeDecodeError):
        return f"A text cannot be converted ({error.encoding}: {error.reason}): use UTF-8, with PYTHONUTF8=1."
    # By its name: torch, whose error it is, takes seconds to import.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "There is not enough memory: end other programs, or use smaller batches or a larger machine."
    return None


@contextmanager
def system_errors_explained(path: str | os.PathLike[str] | None = None, cure: str = "") -> Iterator[None]:
    """Turn the errors of the system within the block into SentimentErrors.

    Args:
        path: as in `system_sentence`.
        cure: a sentence to add.
    """
    try:
        yield
    except (OSError, UnicodeError, MemoryError) as error:
        sentence = system_sentence(error, path)
        if sentence is None:
            raise
        raise SentimentError(f"{sentence} {cure}".rstrip()) from error


def _short(name: str) -> str:
    return name if len(name) <= SHOWN else f"{name[:SHOWN]}..."

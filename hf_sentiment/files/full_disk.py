"""Notice that a disk is full, whatever the library that writes to it raises."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.files.system_errors import system_sentence

# A folder that does not take this many bytes has no room for a model either: the smallest adapters have megabytes.
PROBE_BYTES = 1 << 20


@contextmanager
def explaining_full_disk(folder: Path, cure: str) -> Iterator[None]:
    """Turn a failed write into a SentimentError.

    safetensors has its own error for a full disk; torch, OpenVINO and ONNX raise a RuntimeError, as they do for
    anything else.

    Args:
        folder: where the block writes.
        cure: a sentence to add.
    """
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and accepts_files(folder):
            raise
        reason = system_sentence(error, folder) or f"A file could not be written to {folder}: {first_line(error)}."
        raise SentimentError(f"{reason} {cure}") from error


def accepts_files(folder: Path) -> bool:
    """Whether a file of a megabyte can be written to a folder now."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True

"""The standard streams of the command: closed, full, or of an encoding that cannot hold what is printed."""

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Output(io.RawIOBase):
    """The standard output. It remembers its first error, which argparse and Python's own exit do not report.

    Attributes:
        failure: the first error; what is written after it is discarded.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The descriptor of the output."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, data: "ReadableBuffer") -> int:
        """Write some bytes, and return how many."""
        if self.failure is not None:
            return len(memoryview(data))
        try:
            return os.write(self._descriptor, data)
        except OSError as error:
            self.failure = error
            raise


def prepare_streams() -> Output | None:
    """Give the command streams that it can use, whatever it was started with.

    Returns:
        The standard output; None if it is closed, or is that of a test.
    """
    # A stream that the shell has closed (`>&-`) is None.
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    # Bytes that are no text are reported with their line.
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return None
    if sys.stdout is not sys.__stdout__ or not isinstance(sys.stdout, io.TextIOWrapper):
        return None
    output, given = Output(sys.stdout.fileno()), sys.stdout
    # Names of files are printed as well as they can be.
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(output),
        given.encoding,
        "backslashreplace",
        line_buffering=given.line_buffering or given.write_through,
    )
    return output


def finish(output: Output | None) -> None:
    """Write what is still in memory.

    Raises:
        OSError: the output could not be written, now or earlier.
    """
    sys.stdout.flush()
    if output is not None and output.failure is not None:
        raise output.failure


def say(sentence: str) -> None:
    """Print a line to stderr, if that can be written."""
    with suppress(OSError):
        print(f"hf-sentiment: {' '.join(sentence.split())}", file=sys.stderr, flush=True)

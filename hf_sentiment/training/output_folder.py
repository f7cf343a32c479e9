"""The output folder of a run: refuse one that is in use, and notice when its disk is full."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, adapter_files
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.training.resolved import RunArguments

CHECKPOINTS = "checkpoints"
# A folder that does not take this many bytes has no room for a checkpoint either: the smallest adapters have megabytes.
PROBE_BYTES = 1 << 20


def check_folder(run: RunArguments) -> None:
    """Check that the output folder can be made.

    Raises:
        SentimentError: it holds an adapter or other files, and the options do not allow that; or it cannot be written.
    """
    folder = run.folder
    finished = (folder / ADAPTER_CONFIG).exists()
    if finished and not run.overwrite:
        raise SentimentError(f"{folder} already holds an adapter: give another --output-dir, or --overwrite.")
    if _in_use(folder) and not finished and not (run.resume or run.overwrite):
        raise SentimentError(
            f"{folder} is not empty: give another --output-dir, --resume to resume an interrupted run, or --overwrite."
        )
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise SentimentError(f"{folder} cannot be written to: give another --output-dir.")


@contextmanager
def claimed_folder(run: RunArguments) -> Iterator[None]:
    """Make the output folder; if the block is refused before it has written anything, the folder is removed again.

    Raises:
        SentimentError: as in `check_folder`.
    """
    check_folder(run)
    folder = run.folder
    try:
        if _in_use(folder) and run.overwrite and not run.resume:
            remove_checkpoints(folder)
        (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SentimentError(f"{folder} cannot be written to ({error.strerror}): give another --output-dir.") from error
    try:
        yield
    except SentimentError:
        # The corrected command should find no folder in its way; rmdir refuses one that holds something.
        with suppress(OSError):
            (folder / CHECKPOINTS).rmdir()
            folder.rmdir()
        raise


def _in_use(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def remove_checkpoints(folder: Path) -> None:
    """Delete the checkpoints and the cached activations of a run."""
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)


def take_finished(finished: Path, folder: Path) -> None:
    """Move a complete adapter into its output folder, and delete the checkpoints.

    A kill in between leaves a folder without adapter_config.json, which no loader takes for an adapter and which
    --resume completes: this file is removed first and comes last.

    Args:
        finished: the complete adapter, on the same file system.
        folder: the output folder; files of an earlier adapter in it are removed.
    """
    for name in (Path(ADAPTER_CONFIG), *adapter_files(folder)):
        (folder / name).unlink(missing_ok=True)
    for name in sorted(adapter_files(finished), key=lambda name: name == Path(ADAPTER_CONFIG)):
        (folder / name).parent.mkdir(exist_ok=True)
        os.replace(finished / name, folder / name)
    remove_checkpoints(folder)


@contextmanager
def explaining_full_disk(folder: Path) -> Iterator[None]:
    """Turn a failed write into a SentimentError.

    safetensors has its own error for a full disk, and torch.save raises a RuntimeError, as it does for anything else.
    """
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and accepts_files(folder):
            raise
        raise SentimentError(
            f"A checkpoint could not be written to {folder} ({first_line(error)}). The last complete one is kept: "
            "free some space, then give --resume."
        ) from error


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

"""The output folder of a run: refuse one that is in use, or that no training made."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, adapter_files
from hf_sentiment.errors import SentimentError
from hf_sentiment.files.owned_folder import make_owned_folder, read_marker
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.training.resolved import RunArguments

CHECKPOINTS = "checkpoints"
# The checkpoints are ours by this file, whatever their folder is called.
MARKER, PURPOSE = "made_by.json", "train"
RESUME = "The last complete checkpoint is kept: free some space, then give --resume."


def check_folder(run: RunArguments) -> None:
    """Check that the output folder can be made.

    Raises:
        SentimentError: it holds an adapter or an interrupted run, and the options do not allow that; it holds files
            that no training wrote, which nothing allows; or it cannot be written.
    """
    folder = run.folder
    finished = (folder / ADAPTER_CONFIG).exists()
    if _in_use(folder) and not (finished or _begun(folder)):
        raise SentimentError(f"{folder} is not empty, and no training wrote its files: give another --output-dir.")
    if finished and not run.overwrite:
        raise SentimentError(f"{folder} already holds an adapter: give another --output-dir, or --overwrite.")
    if _in_use(folder) and not finished and not (run.resume or run.overwrite):
        raise SentimentError(
            f"{folder} holds an interrupted run: give --resume to resume it, --overwrite to discard it, or another "
            "--output-dir."
        )
    if _in_use(folder / CHECKPOINTS) and not _begun(folder):
        raise SentimentError(
            f"{folder / CHECKPOINTS} holds files that no training wrote: move them away, or give another --output-dir."
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
    with system_errors_explained(folder):
        if _in_use(folder) and run.overwrite and not run.resume:
            remove_checkpoints(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if not _begun(folder):
            make_owned_folder(folder / CHECKPOINTS, MARKER, PURPOSE)
    try:
        yield
    except SentimentError:
        # The corrected command should find no folder in its way; rmdir refuses one that holds something.
        with suppress(OSError):
            if os.listdir(folder / CHECKPOINTS) == [MARKER]:
                remove_checkpoints(folder)
            folder.rmdir()
        raise


def _in_use(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _begun(folder: Path) -> bool:
    """Whether a folder holds the checkpoints of a run."""
    return read_marker(folder / CHECKPOINTS / MARKER, PURPOSE) is not None


def remove_checkpoints(folder: Path) -> None:
    """Delete the checkpoints and the cached activations of a run, if they are there."""
    if not _begun(folder):
        return
    # The marker goes last: what a kill leaves is still ours.
    for path in (folder / CHECKPOINTS).iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != MARKER:
            path.unlink(missing_ok=True)
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

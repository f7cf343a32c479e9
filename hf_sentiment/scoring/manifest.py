"""The manifest of a run: what must be the same for the run to be resumed; and the state of its input."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from hf_sentiment.errors import SentimentError
from hf_sentiment.scoring.file_scorer import FileScorer


class InputState(NamedTuple):
    """The state of an input, by which a change is noticed without reading it again.

    Attributes:
        size: in bytes; of a folder, that of all its files.
        modified: the last time it was written, in nanoseconds; of a folder, the latest of all its files and folders.
        file: the file that has its name: another one may have taken its place. A run does not require it of the run
            that it resumes, because some network file systems number their files anew.
    """

    size: int
    modified: int
    file: tuple[int, int]


def input_state(source: Path) -> InputState:
    """The state of a file, or of a folder with all that is in it."""
    state = source.stat()
    if not source.is_dir():
        return InputState(state.st_size, state.st_mtime_ns, (state.st_dev, state.st_ino))
    size, modified = 0, state.st_mtime_ns
    for path, folders, files in os.walk(source):
        for name in (*folders, *files):
            inner = os.stat(os.path.join(path, name))
            size, modified = size + (inner.st_size if name in files else 0), max(modified, inner.st_mtime_ns)
    return InputState(size, modified, (state.st_dev, state.st_ino))


def refuse_changed(source: Path, name: str, before: InputState) -> None:
    """Check that an input is what it was, so that the scores are those of one state of it.

    Args:
        source: the input.
        name: what messages call it.
        before: its state before it was read.

    Raises:
        SentimentError: it changed; the message says how.
    """
    now = input_state(source)
    changes = [
        f"its size was {before.size:,} bytes and is {now.size:,}" if now.size != before.size else "",
        "it was written again" if now.size == before.size and now.modified != before.modified else "",
        "another file took its place" if now.file != before.file else "",
    ]
    if any(changes):
        raise SentimentError(
            f"{name} changed while it was read ({' and '.join(filter(None, changes))}): score a copy that nobody "
            "writes to, and discard this run with --overwrite."
        )


def make_manifest(
    scorer: FileScorer, source: Path, state: InputState, text: str, title: str | None, chunk_rows: int
) -> dict[str, Any]:
    """Everything that decides the content of the part files: the input, the scorer, the columns and the chunks."""
    return {
        "input": str(source.resolve()),
        "input_size": state.size,
        "input_modified": state.modified,
        **scorer.identity(),
        "labels": list(scorer.sentiment_config.labels),
        "text_column": text,
        "title_column": title,
        "chunk_rows": chunk_rows,
    }

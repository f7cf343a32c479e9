"""Notice that an input changes while it is read."""

import os
from pathlib import Path
from typing import NamedTuple


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

    def changes_to(self, now: "InputState") -> str:
        """How another state differs, as a part of a sentence; empty if it does not."""
        changes = [
            f"its size was {self.size:,} bytes and is {now.size:,}" if now.size != self.size else "",
            "it was written again" if now.size == self.size and now.modified != self.modified else "",
            "another file took its place" if now.file != self.file else "",
        ]
        return " and ".join(filter(None, changes))


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

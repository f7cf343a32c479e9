"""LeftOut: the rows of a split that are not among its labelled rows, by reason; and the file of those that are lost."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.files.whole_file import temporary_name
from hf_sentiment.reviews.row_files.row_file import Reject

# Each ends a sentence that begins with "12 rows of train".
UNREADABLE, NO_TEXT = "could not be read", "left out: no text"
NO_LABEL, BY_MAP = "left out: no label", "left out by the label map"
# The reasons whose first row a note describes; the others say everything.
DESCRIBED = (UNREADABLE,)


class RejectsFile:
    """A file of lost rows, as JSON Lines: {"file", "row": its number from 1, "reason", "input"}.

    It has its name when it is complete, and is not written without rows. A file of an earlier run is replaced.

    Args:
        path: of the file.

    Raises:
        SentimentError: there is another file with this name, or it cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()
        if not self.path.parent.is_dir():
            raise SentimentError(f"There is no folder {self.path.parent} for --rejects: make it first.")
        self.rows = 0
        self._temporary = temporary_name(self.path.parent)
        self._file: TextIO | None = None
        with system_errors_explained(self.path, "Or give another --rejects."):
            if self.path.exists() and not self._is_ours():
                raise SentimentError(f"{self.path} exists, and is no file of lost rows: give another --rejects.")
            # Before any work: only writing tells whether a folder can be written to.
            self._temporary.touch()
            self._temporary.unlink()

    def _is_ours(self) -> bool:
        try:
            with self.path.open(encoding="utf-8") as file:
                entry = json.loads(file.readline())
        except (OSError, ValueError):
            return False
        return isinstance(entry, dict) and entry.keys() == {"file", "row", "reason", "input"}

    def write(self, file: str, reject: Reject) -> None:
        """Add a row."""
        entry = {"file": file, "row": reject.number, "reason": reject.reason, "input": reject.row}
        with system_errors_explained(self.path, "Or give another --rejects."):
            if self._file is None:
                self._file = self._temporary.open("x", encoding="utf-8", errors="replace")
            self._file.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")
        self.rows += 1

    def close(self, *, complete: bool) -> None:
        """Give the file its name if it is complete, else remove it."""
        with system_errors_explained(self.path, "Or give another --rejects."):
            if self._file is not None:
                self._file.close()
                if complete:
                    os.replace(self._temporary, self.path)
                else:
                    self._temporary.unlink()
            elif complete:
                # Nothing was lost, and a file of an earlier run would say otherwise.
                self.path.unlink(missing_ok=True)


@contextmanager
def open_rejects(path: str | Path | None) -> Iterator[RejectsFile | None]:
    """A file for lost rows, which is complete at the end of the block; none without a path.

    Raises:
        SentimentError: as RejectsFile.
    """
    if path is None:
        yield None
        return
    rejects = RejectsFile(path)
    try:
        yield rejects
    except BaseException:
        rejects.close(complete=False)
        raise
    rejects.close(complete=True)


class LeftOut:
    """The rows of a split that are not among its labelled rows.

    Args:
        split: its name.
        rejects: where lost rows are written.

    Attributes:
        rejects: as given.
        counts: reason -> number of rows.
        first: reason -> the first of these rows, as a message names it, and what is wrong with it.
        file: the file that is being read, as messages name it.
    """

    def __init__(self, split: str, rejects: RejectsFile | None = None) -> None:
        self.split, self.rejects = split, rejects
        self.counts: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        self.file = ""

    def count(self, reason: str, rows: int) -> None:
        """Count rows that are not lost, or that are not written."""
        if rows:
            self.counts[reason] += rows

    def add(self, reason: str, reject: Reject) -> None:
        """Count a lost row, and write it."""
        self.counts[reason] += 1
        self.first.setdefault(reason, f"row {reject.number} of {self.file}: {reject.reason}")
        if self.rejects is not None:
            self.rejects.write(self.file, reject)

    def notes(self) -> list[str]:
        """A sentence for each reason."""
        return [
            f"{count:,} {'row' if count == 1 else 'rows'} of {self.split} {reason}"
            + (f"; the first is {self.first[reason]}" if reason in DESCRIBED else ".")
            for reason, count in self.counts.items()
        ]

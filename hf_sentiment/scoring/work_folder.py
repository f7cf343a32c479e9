"""The work folder of a long run: complete part files and a manifest, so that a run that ended early can go on."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files import Reject
from hf_sentiment.scoring.values import json_line

MANIFEST, JOINED = "manifest.json", "joined"
OURS = ("part-", MANIFEST, JOINED)


@contextmanager
def whole_file(path: Path, temporary: Path | None = None) -> Iterator[BinaryIO]:
    """A binary file that has its name only when it is complete and on the disk.

    Args:
        path: its name in the end.
        temporary: its name until then, on the same file system; beside it by default.
    """
    temporary = temporary or path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


class Parts:
    """The work folder beside an output file.

    The manifest is the first thing written and the first removed: a folder without one belongs to no run.

    Attributes:
        folder: `<output>.parts`.
        typed: whether the parts are Parquet files, for an input that has types, and not JSON Lines.
    """

    def __init__(self, target: Path, typed: bool):
        self.folder = target.with_name(f"{target.name}.parts")
        self.typed = typed

    @property
    def begun(self) -> bool:
        """Whether a run left its parts here."""
        return (self.folder / MANIFEST).is_file()

    def begin(self, manifest: dict) -> None:
        """Start anew, with nothing of an earlier run."""
        self.clear()
        self.folder.mkdir()
        with whole_file(self.folder / MANIFEST) as file:
            file.write(json.dumps(manifest, indent=2).encode())

    def check(self, manifest: dict) -> None:
        """Whether the earlier run was the same one.

        Raises:
            SentimentError: it was not; the sentence says what differs.
        """
        try:
            earlier = json.loads((self.folder / MANIFEST).read_bytes())
        except ValueError:
            earlier = {}
        differs = [
            f"{name.replace('_', ' ')} {earlier.get(name)!r}, now {value!r}"
            for name, value in manifest.items()
            if earlier.get(name) != value
        ]
        if differs:
            raise SentimentError(
                f"{self.folder} was begun with {'; '.join(differs)}: go back to that, or start over with --overwrite."
            )

    def complete(self) -> list[Path]:
        """The parts that are whole, in order, up to the first that is missing."""
        found = []
        while (path := self._path(len(found))).is_file():
            found.append(path)
        return found

    def write(self, index: int, rows: list[dict] | pa.Table, rejects: list[Reject]) -> None:
        """Write one part and its rejects; it counts from the moment it has its name, so the rejects come first."""
        if rejects:
            with whole_file(self.rejects_of(index)) as file:
                for reject in rejects:
                    entry = {"row": reject.number, "reason": reject.reason, "input": reject.row}
                    file.write(json_line(entry))
        with whole_file(self._path(index)) as file:
            if self.typed:
                pq.write_table(rows, file)
            else:
                file.writelines(map(json_line, rows))

    def rejects_of(self, index: int) -> Path:
        """The rejects of one part; no file where it has none."""
        return self.folder / f"part-{index:06d}.rejects.jsonl"

    @property
    def joined(self) -> Path:
        """Where a file is put together before it takes the output's name."""
        return self.folder / JOINED

    def clear(self) -> None:
        """Remove the folder and what a run wrote into it, and nothing else.

        Raises:
            SentimentError: somebody else's files are in it.
        """
        if not self.folder.exists():
            return
        (self.folder / MANIFEST).unlink(missing_ok=True)
        for path in self.folder.iterdir():
            if not path.name.startswith(OURS):
                raise SentimentError(f"{self.folder} holds {path.name}, which is no part of a run: move it away.")
            path.unlink()
        self.folder.rmdir()

    def _path(self, index: int) -> Path:
        return self.folder / f"part-{index:06d}.{'parquet' if self.typed else 'jsonl'}"

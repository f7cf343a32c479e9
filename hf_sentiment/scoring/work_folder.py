"""The work folder of a run: complete part files and a manifest, so that an interrupted run can be resumed."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.row_file import Reject
from hf_sentiment.scoring.values import json_line

MANIFEST, JOINED = "manifest.json", "joined"
OURS = ("part-", MANIFEST, JOINED)


@contextmanager
def whole_file(path: Path, temporary: Path | None = None) -> Iterator[BinaryIO]:
    """A binary file that gets its name only when it is complete and on the disk.

    Args:
        path: its final name.
        temporary: its name until then, on the same file system; the final name with ".tmp" by default.
    """
    temporary = temporary or path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


class WorkFolder:
    """The work folder beside an output file.

    The manifest is written first and removed first: a folder without a manifest belongs to no run.

    Attributes:
        folder: `<output>.parts`.
        typed: whether the parts are Parquet files, as for typed inputs, or JSON Lines.
    """

    def __init__(self, target: Path, typed: bool) -> None:
        self.folder = target.with_name(f"{target.name}.parts")
        self.typed = typed

    @property
    def begun(self) -> bool:
        """Whether the folder belongs to an unfinished run."""
        return (self.folder / MANIFEST).is_file()

    def begin(self, manifest: dict[str, Any]) -> None:
        """Start a new run; the files of an earlier run are removed."""
        self.clear()
        self.folder.mkdir()
        with whole_file(self.folder / MANIFEST) as file:
            file.write(json.dumps(manifest, indent=2).encode())

    def check(self, manifest: dict[str, Any]) -> None:
        """Check that the earlier run had the same manifest.

        Raises:
            SentimentError: it did not; the message says what differs.
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
                f"{self.folder} was started with {'; '.join(differs)}: go back to that, or start over with --overwrite."
            )

    def complete(self) -> list[Path]:
        """The complete parts, in order, up to the first missing one."""
        found: list[Path] = []
        while (path := self._path(len(found))).is_file():
            found.append(path)
        return found

    def write(self, index: int, rows: list[dict[str, Any]] | pa.Table, rejects: list[Reject]) -> None:
        """Write one part and its rejects. The rejects come first, because a part counts as soon as it has its name."""
        if rejects:
            with whole_file(self.rejects_of(index)) as file:
                for reject in rejects:
                    entry = {"row": reject.number, "reason": reject.reason, "input": reject.row}
                    file.write(json_line(entry))
        with whole_file(self._path(index)) as file:
            if isinstance(rows, pa.Table):
                pq.write_table(rows, file)
            else:
                file.writelines(map(json_line, rows))

    def rejects_of(self, index: int) -> Path:
        """The file with the rejects of one part; it does not exist if the part has none."""
        return self.folder / f"part-{index:06d}.rejects.jsonl"

    @property
    def joined(self) -> Path:
        """The temporary name of a file that is being joined."""
        return self.folder / JOINED

    def clear(self) -> None:
        """Remove the folder and the files that runs write into it, and nothing else.

        Raises:
            SentimentError: it holds other files.
        """
        if not self.folder.exists():
            return
        (self.folder / MANIFEST).unlink(missing_ok=True)
        for path in self.folder.iterdir():
            if not path.name.startswith(OURS):
                raise SentimentError(f"{self.folder} holds {path.name}, which is not part of a run: move it away.")
            path.unlink()
        self.folder.rmdir()

    def _path(self, index: int) -> Path:
        return self.folder / f"part-{index:06d}.{'parquet' if self.typed else 'jsonl'}"

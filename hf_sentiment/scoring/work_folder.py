"""The work folder of a run: complete part files and a manifest, so that an interrupted run can be resumed."""

import os
import re
from pathlib import Path
from typing import Any

import pyarrow as pa

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.owned_folder import make_owned_folder, read_marker
from hf_sentiment.files.whole_file import whole_file
from hf_sentiment.reviews.row_files.row_file import Reject
from hf_sentiment.scoring.part_file import PartWriter, part_suffix, write_rejects

PURPOSE = "predict"
# The manifest has the second name while its folder is removed: what is left after a kill belongs to no run.
MANIFEST, REMOVED = "manifest.json", "removed.json"
# What a run writes into its folder; names with ".tmp" are of files that were not complete when a run was killed.
OURS = re.compile(r"part-\d{6,}(\.rejects)?\.(jsonl|parquet)|\.[0-9a-f]{16}\.tmp")


class WorkFolder:
    """The work folder beside an output file.

    It is ours by its manifest alone, which appears with the folder and goes last. Any other folder of its name, unless
    it is empty, is refused and left as it is.

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
        return read_marker(self.folder / MANIFEST, PURPOSE) is not None

    def require_ours(self) -> None:
        """Check that nobody else's files are in the way.

        Raises:
            SentimentError: the folder is somebody else's, or holds a file that no run wrote.
        """
        self._files()

    def begin(self, manifest: dict[str, Any]) -> None:
        """Start a new run; the files of an earlier run are removed.

        Raises:
            SentimentError: as in `require_ours`.
        """
        self.clear()
        make_owned_folder(self.folder, MANIFEST, PURPOSE, manifest)

    def check(self, manifest: dict[str, Any]) -> None:
        """Check that the earlier run had the same manifest.

        Raises:
            SentimentError: it did not; the message says what differs.
        """
        earlier = read_marker(self.folder / MANIFEST, PURPOSE) or {}
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
                write_rejects(rejects, file)
        with whole_file(self._path(index)) as file, PartWriter(file) as part:
            part.write(rows)

    def rejects_of(self, index: int) -> Path:
        """The file with the rejects of one part; it does not exist if the part has none."""
        return self.folder / f"part-{index:06d}.rejects.jsonl"

    def clear(self) -> None:
        """Remove the folder of a run.

        Raises:
            SentimentError: as in `require_ours`; nothing is removed.
        """
        files = self._files()
        manifest, removed = self.folder / MANIFEST, self.folder / REMOVED
        if manifest in files:
            # Unlike writing, renaming needs no space.
            manifest.rename(removed)
        for path in files:
            if path not in (manifest, removed):
                path.unlink()
        removed.unlink(missing_ok=True)
        if self.folder.is_dir():
            self.folder.rmdir()

    def _files(self) -> list[Path]:
        """The files in the folder, all of which are ours."""
        if not os.path.lexists(self.folder):
            return []
        files = list(self.folder.iterdir()) if self.folder.is_dir() and not self.folder.is_symlink() else None
        ours = any(read_marker(self.folder / name, PURPOSE) is not None for name in (MANIFEST, REMOVED))
        if files is None or (files and not ours):
            raise SentimentError(
                f"{self.folder}, where the run would keep its parts, was not made by hf-sentiment predict: move it "
                "away, or give another --output."
            )
        for path in files:
            if path.name not in (MANIFEST, REMOVED) and not (OURS.fullmatch(path.name) and path.is_file()):
                raise SentimentError(f"{self.folder} holds {path.name}, which is not part of a run: move it away.")
        return files

    def _path(self, index: int) -> Path:
        return self.folder / f"part-{index:06d}{part_suffix(self.typed)}"

"""A folder on this machine or on an object store, through pyarrow's file systems."""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple, cast

from pyarrow import fs

from hf_sentiment.errors import SentimentError, first_line, require
from hf_sentiment.files.whole_file import whole_file

REMOTE = re.compile(r"[a-z][a-z0-9+]+://", re.IGNORECASE)
# Bytes of an output that are kept in memory before it is uploaded; a larger one goes through a temporary file.
SPOOL_BYTES = 32 << 20


class FileState(NamedTuple):
    """The state of a file, by which a change is noticed.

    Attributes:
        size: in bytes.
        modified: the last time it was written, in nanoseconds; on the Hub, a number that depends on the content.
    """

    size: int
    modified: int


@dataclass(frozen=True)
class Place:
    """A folder. Only its name is pickled.

    Attributes:
        name: a path of this machine, or a URI such as s3://bucket/folder.
    """

    name: str
    _system: list[tuple[fs.FileSystem, str]] = field(default_factory=list, compare=False, repr=False)

    def __getstate__(self) -> str:
        return self.name

    def __setstate__(self, name: str) -> None:
        self.__init__(name)  # type: ignore[misc]

    @property
    def local(self) -> Path | None:
        """The path of a folder of this machine; None for another."""
        return None if is_remote(self.name) else Path(os.path.abspath(os.path.expanduser(self.name)))

    @property
    def filesystem(self) -> fs.FileSystem:
        """The file system of the folder."""
        return self._opened()[0]

    @property
    def root(self) -> str:
        """The folder's path in its file system."""
        return self._opened()[1]

    def path(self, name: str) -> str:
        """The path in the file system of a file in the folder."""
        return f"{self.root}/{name}" if name else self.root

    def shown(self, name: str) -> str:
        """What messages call a file in the folder."""
        return f"{self.name.rstrip('/')}/{name}"

    def files(self, under: str = "") -> dict[str, FileState]:
        """All files in the folder, and in those in it, by their names relative to it; none if it does not exist."""
        if self.local is not None:
            return dict(_walk(self.local, self.local / under))
        root = self.path(under)
        prefix = len(self.root) + 1
        if (hub := _hub(self.filesystem)) is not None:
            found = hub.find(root, detail=True, refresh=True)
            return {path[prefix:]: _blob_state(entry) for path, entry in found.items()}
        infos = self.filesystem.get_file_info(fs.FileSelector(root, allow_not_found=True, recursive=True))
        return {info.path[prefix:]: _state(info) for info in infos if info.type == fs.FileType.File}

    def state(self, name: str) -> FileState | None:
        """The state of a file; None if there is none."""
        if (hub := _hub(self.filesystem)) is not None:
            try:
                entry = hub.info(self.path(name), refresh=True, expand_info=True)
            except FileNotFoundError:
                return None
            return _blob_state(entry) if entry["type"] == "file" else None
        info = self.filesystem.get_file_info(self.path(name))
        return _state(info) if info.type == fs.FileType.File else None

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if there is none."""
        try:
            with self.filesystem.open_input_stream(self.path(name)) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole."""
        with self.whole(name) as file:
            file.write(content)

    @contextmanager
    def whole(self, name: str) -> Iterator[BinaryIO]:
        """A file that gets its name only when it is complete: by renaming, or as a whole object of an object store."""
        if self.local is not None:
            with whole_file(self.local / name) as file:
                yield file
            return
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
            yield cast(BinaryIO, spool)
            spool.seek(0)
            with self.filesystem.open_output_stream(self.path(name)) as target_file:
                shutil.copyfileobj(spool, target_file, 1 << 20)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        try:
            self.filesystem.delete_file(self.path(name))
        except FileNotFoundError:
            return

    @contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        """A path of this machine at which the content of a file can be read: itself, or a temporary copy."""
        if self.local is not None:
            yield self.local / name
            return
        with tempfile.TemporaryDirectory(prefix="hf-sentiment-") as folder:
            path = Path(folder) / PurePosixPath(name).name
            with self.filesystem.open_input_stream(self.path(name)) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            yield path

    def _opened(self) -> tuple[fs.FileSystem, str]:
        if not self._system:
            self._system.append(_open(self.name))
        return self._system[0]


def is_remote(name: str) -> bool:
    """Whether a name is a URI, such as s3://bucket/folder, and no path of this machine."""
    return REMOTE.match(name) is not None


def _open(name: str) -> tuple[fs.FileSystem, str]:
    if not is_remote(name):
        return fs.LocalFileSystem(), os.path.abspath(os.path.expanduser(name)).rstrip("/")
    if name.lower().startswith("hf://"):
        require("huggingface_hub", "embedded", f"Reading {name}")
        from huggingface_hub import HfFileSystem

        handler = fs.FSSpecHandler(HfFileSystem())  # type: ignore[abstract] # in the stubs alone
        return fs.PyFileSystem(handler), name[len("hf://") :].rstrip("/")
    try:
        filesystem, root = fs.FileSystem.from_uri(name)
    except (ValueError, OSError) as error:
        raise SentimentError(
            f"{name} cannot be opened ({first_line(error)}): give a folder, or a URI such as s3://bucket/folder."
        ) from error
    return filesystem, root.rstrip("/")


def _walk(root: Path, folder: Path) -> Iterator[tuple[str, FileState]]:
    """The files in a folder of this machine: pyarrow would need a kilobyte for each."""
    prefix = len(str(root).rstrip("/")) + 1
    for place, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = os.path.join(place, name)
            try:
                state = os.stat(path)
            except FileNotFoundError:
                # Another process has renamed it, or it is a link to nothing.
                continue
            if stat.S_ISREG(state.st_mode):
                yield path[prefix:], FileState(state.st_size, state.st_mtime_ns)


def _hub(filesystem: fs.FileSystem) -> Any:
    """The Hub's file system, if it is one; pyarrow does not pass on what tells one content from another."""
    handler = filesystem.handler if isinstance(filesystem, fs.PyFileSystem) else None
    return handler.fs if isinstance(handler, fs.FSSpecHandler) else None


def _blob_state(entry: dict[str, Any]) -> FileState:
    # Sixty bits of the hash of the content stand for the time, of which the Hub's listing says nothing.
    return FileState(entry["size"], int(str(entry["blob_id"])[:15], 16))


def _state(info: fs.FileInfo) -> FileState:
    return FileState(info.size or 0, info.mtime_ns or 0)

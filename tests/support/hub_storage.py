"""The storage of the test Hub.

A repo is a bare git repository with its large files beside it, by sha256. Git stores real LFS pointer files, so every
oid, tree and commit that the server reports is one that git computed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub_cards import front_matter

LFS_SUFFIXES = (".safetensors", ".parquet", ".bin")
LFS_THRESHOLD = 5 * 1024**2
NO_COMMIT = "0" * 40

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize (\d+)\n")
_POINTER_MAX_SIZE = 200
_GITATTRIBUTES = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LFS_SUFFIXES)
# The developer's git settings, or the GIT_DIR of a git hook that runs the tests, must not reach these stores.
_GIT_ENV = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class GitError(Exception):
    """A git command failed; the message is what git wrote."""


@dataclass(frozen=True)
class Entry:
    """One path of a tree. `size` is that of the content; for an LFS file, git stores only `pointer_size` bytes."""

    path: str
    oid: str
    size: int
    is_folder: bool = False
    sha256: str | None = None
    pointer_size: int = 0


@dataclass(frozen=True)
class Commit:
    """One commit as the Hub lists it: `title` is the first line of the message, `message` the rest."""

    id: str
    author: str
    date: str
    title: str
    message: str


@dataclass
class Discussion:
    """A discussion, or a pull request when it has a `base` commit (its branch is `refs/pr/<num>`)."""

    num: int
    title: str
    author: str
    created_at: str
    base: str | None = None
    status: str = "open"

    @property
    def ref(self) -> str:
        return f"refs/pr/{self.num}"


def hub_date(seconds: float) -> str:
    """A time as the Hub writes it; the client refuses an offset such as +00:00 instead of Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def belongs_in_lfs(path: str, size: int) -> bool:
    """Whether the Hub stores this file in LFS. It never does for an empty file, which has nothing to store."""
    return size > LFS_THRESHOLD or (size > 0 and path.endswith(LFS_SUFFIXES))


class Repo:
    """One repository of the Hub. Hold `lock` from reading a branch's head until committing on top of it."""

    def __init__(self, folder: Path, repo_id: str, repo_type: str = "model", private: bool = False):
        self.id, self.type, self.private = repo_id, repo_type, private
        self.namespace = repo_id.split("/")[0]
        self.gated: str | bool = False
        self.created_at = hub_date(time.time())
        self.discussions: list[Discussion] = []
        self.lock = threading.RLock()
        self._git_dir, self._lfs = folder / "git", folder / "lfs"
        self._trees: dict[str, dict[str, Entry]] = {}
        self._lfs.mkdir(parents=True)
        self._git("init", "--quiet", "--bare", "--initial-branch=main")
        self.commit({".gitattributes": _GITATTRIBUTES.encode()}, "initial commit", author="system")

    def _git(self, *args: str, stdin: bytes = b"", **env: str) -> bytes:
        command = ["git", "--git-dir", str(self._git_dir), *args]
        done = subprocess.run(command, input=stdin, capture_output=True, env=_GIT_ENV | env)
        if done.returncode:
            raise GitError(f"git {' '.join(args)}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def _git_as(self, author: str, *args: str, stdin: bytes = b"") -> bytes:
        email = f"{author}@users.noreply.hub.test"
        who = {"GIT_AUTHOR_NAME": author, "GIT_COMMITTER_NAME": author}
        return self._git(*args, stdin=stdin, GIT_AUTHOR_EMAIL=email, GIT_COMMITTER_EMAIL=email, **who)

    def refs(self) -> dict[str, str]:
        """Every ref with its commit; for an annotated tag, the commit that it points to."""
        listing = self._git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)").decode()
        rows = (line.split() for line in listing.splitlines())
        return {row[0]: row[-1] for row in rows}

    def resolve(self, revision: str) -> str | None:
        """The commit of a branch, a tag, a full ref or a commit hash; None if there is none."""
        refs = self.refs()
        for name in (revision, f"refs/heads/{revision}", f"refs/tags/{revision}"):
            if name in refs:
                return refs[name]
        if not re.fullmatch("[0-9a-f]{7,40}", revision):
            return None
        try:
            return self._git("rev-parse", "--verify", f"{revision}^{{commit}}").decode().strip()
        except GitError:
            return None

    def set_ref(self, ref: str, commit: str, message: str | None = None, author: str = "system") -> None:
        """Create a ref; a tag with a message becomes an annotated tag. Fails if the ref exists."""
        if message:
            tag = ref.removeprefix("refs/tags/")
            self._git_as(author, "tag", "--annotate", "--file=-", tag, commit, stdin=message.encode())
        else:
            self._git("update-ref", ref, commit, NO_COMMIT)

    def delete_ref(self, ref: str) -> None:
        self._git("update-ref", "-d", ref)

    def tree(self, commit: str) -> dict[str, Entry]:
        """Every file and folder of a commit by path, in git's order."""
        if commit not in self._trees:
            self._trees[commit] = {entry.path: entry for entry in self._read_tree(commit)}
        return self._trees[commit]

    def _read_tree(self, commit: str) -> list[Entry]:
        entries = []
        for line in self._git("ls-tree", "-r", "-t", "-l", "-z", commit).decode().split("\0")[:-1]:
            head, path = line.split("\t", 1)
            _, kind, oid, size = head.split()
            folder = kind == "tree"
            entries.append(Entry(path, oid, 0 if folder else int(size), is_folder=folder))
        small = [entry.oid for entry in entries if not entry.is_folder and entry.size < _POINTER_MAX_SIZE]
        pointers = self._read_pointers(small)
        return [self._follow(entry, pointers.get(entry.oid)) for entry in entries]

    @staticmethod
    def _follow(entry: Entry, pointer: tuple[str, int] | None) -> Entry:
        if pointer is None:
            return entry
        sha256, size = pointer
        return Entry(entry.path, entry.oid, size, sha256=sha256, pointer_size=entry.size)

    def _read_pointers(self, oids: list[str]) -> dict[str, tuple[str, int]]:
        # Use one process for all of them, because one per small file would make listings slow.
        out = self._git("cat-file", "--batch", stdin="\n".join(oids).encode())
        pointers, position = {}, 0
        for oid in oids:
            header_end = out.index(b"\n", position)
            size = int(out[position:header_end].split()[2])
            found = _POINTER.fullmatch(out[header_end + 1 : header_end + 1 + size])
            if found:
                pointers[oid] = found[1].decode(), int(found[2])
            position = header_end + size + 2
        return pointers

    def read(self, entry: Entry) -> bytes:
        """A file's content, from the LFS store if git has only a pointer."""
        if entry.sha256:
            return self.lfs_path(entry.sha256).read_bytes()
        return self._git("cat-file", "blob", entry.oid)

    def lfs_path(self, sha256: str) -> Path:
        """Where the large file with this hash is, or would be, stored."""
        if not re.fullmatch("[0-9a-f]{64}", sha256):
            raise ValueError(f"Not a sha256: {sha256!r}.")
        return self._lfs / sha256

    def store_lfs(self, content: bytes) -> str:
        """Store a large file; return its sha256."""
        sha256 = hashlib.sha256(content).hexdigest()
        # Write and rename, so that a parallel upload of the same bytes never sees half a file.
        part = self._lfs / f"{uuid.uuid4().hex}.part"
        part.write_bytes(content)
        part.replace(self.lfs_path(sha256))
        return sha256

    def pointer(self, sha256: str) -> bytes:
        """The LFS pointer file for a large file that is stored."""
        size = self.lfs_path(sha256).stat().st_size
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()

    def commit(
        self,
        changes: dict[str, bytes | None],
        message: str,
        author: str,
        ref: str = "refs/heads/main",
        parent: str | None = None,
    ) -> str:
        """Put `changes` (path to git content, None to delete) on top of `parent` and move `ref` there.

        Returns the new commit. Fails when `ref` is no longer at `parent`.
        """
        index = self._git_dir / f"index-{uuid.uuid4().hex}"
        env = {"GIT_INDEX_FILE": str(index)}
        try:
            if parent:
                self._git("read-tree", parent, **env)
            lines = "".join(self._index_line(path, content) for path, content in changes.items())
            self._git("update-index", "-z", "--replace", "--index-info", stdin=lines.encode(), **env)
            tree = self._git("write-tree", **env).decode().strip()
        finally:
            index.unlink(missing_ok=True)
        return self._commit_tree(tree, message, author, ref, parent)

    def _index_line(self, path: str, content: bytes | None) -> str:
        if content is None:
            return f"0 {NO_COMMIT}\t{path}\0"
        oid = self._git("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        return f"100644 {oid}\t{path}\0"

    def _commit_tree(self, tree: str, message: str, author: str, ref: str, parent: str | None) -> str:
        parents = ["-p", parent] if parent else []
        made = self._git_as(author, "commit-tree", tree, *parents, stdin=message.encode())
        commit = made.decode().strip()
        self._git("update-ref", ref, commit, parent or NO_COMMIT)
        return commit

    def merge(self, pull: Discussion, author: str) -> str:
        """Squash a pull request onto main, as the Hub does. GitError if the two conflict."""
        main, head = self.refs()["refs/heads/main"], self.refs()[pull.ref]
        tree = self._git("merge-tree", "--write-tree", main, head).decode().split()[0]
        pull.status = "merged"
        return self._commit_tree(tree, f"{pull.title} (#{pull.num})", author, "refs/heads/main", main)

    def open_discussion(self, title: str, author: str, base: str | None = None) -> Discussion:
        """Start a discussion; with a `base` commit, a pull request whose branch begins there."""
        num = len(self.discussions) + 1
        discussion = Discussion(num, title, author, hub_date(time.time()), base)
        if base:
            self.set_ref(discussion.ref, base)
        self.discussions.append(discussion)
        return discussion

    def log(self, commit: str) -> list[Commit]:
        """The commits that lead to this one, newest first."""
        out = self._git("log", "-z", "--format=%H%x1f%an%x1f%ct%x1f%s%x1f%b", commit).decode()
        rows = (row.split("\x1f") for row in out.split("\0") if row)
        return [Commit(id_, who, hub_date(int(at)), title, body.strip()) for id_, who, at, title, body in rows]

    def card_data(self, commit: str) -> dict[str, Any]:
        """The README's front matter in JSON types; empty if there is none that parses."""
        readme = self.tree(commit).get("README.md")
        if readme is None:
            return {}
        try:
            card = front_matter(self.read(readme).decode(errors="replace"))
        except ValueError:
            return {}
        return json.loads(json.dumps(card or {}, default=str), parse_constant=lambda _: None)


class Store:
    """All repos of the Hub, by type and id."""

    def __init__(self, root: Path):
        self._root = root
        self._repos: dict[tuple[str, str], tuple[Repo, Path]] = {}
        self.lock = threading.RLock()

    def get(self, repo_id: str, repo_type: str = "model") -> Repo | None:
        found = self._repos.get((repo_type, repo_id))
        return found[0] if found else None

    def create(self, repo_id: str, repo_type: str = "model", private: bool = False) -> Repo:
        # A new folder each time, so that a repo created again under an old name starts empty.
        folder = self._root / uuid.uuid4().hex
        repo = Repo(folder, repo_id, repo_type, private)
        self._repos[repo_type, repo_id] = repo, folder
        return repo

    def delete(self, repo: Repo) -> None:
        _, folder = self._repos.pop((repo.type, repo.id))
        shutil.rmtree(folder)

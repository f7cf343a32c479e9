"""Check files in the Hub cache by their hashes, and remove those that are damaged."""

import fnmatch
import hashlib
from pathlib import Path

from huggingface_hub.utils.sha import git_hash

SHA256_LENGTH, GIT_HASH_LENGTH = 64, 40


def remove_damaged(snapshot: Path, patterns: tuple[str, ...], newer_than: float = 0.0) -> list[str]:
    """Remove the files whose bytes do not have the hash that the Hub gave for them, so that they are fetched again.

    The cache keeps each file under its hash, and the snapshot links to it. Where links are not possible, no hash is
    known and nothing is removed.

    Args:
        snapshot: the folder of a commit in the Hub cache.
        patterns: of the names to check.
        newer_than: check only files written since then, in seconds since the epoch.

    Returns:
        The names of the files that were removed.
    """
    removed = []
    for link in sorted(snapshot.iterdir()):
        if not link.is_symlink() or not any(fnmatch.fnmatchcase(link.name, pattern) for pattern in patterns):
            continue
        blob = link.resolve()
        if blob.is_file() and blob.stat().st_mtime >= newer_than and not _has_hash(blob):
            blob.unlink()
            link.unlink()
            removed.append(link.name)
    return removed


def _has_hash(blob: Path) -> bool:
    """Whether a file has the hash that is its name: SHA-256 for large files, git's for others."""
    if len(blob.name) == GIT_HASH_LENGTH:
        return git_hash(blob.read_bytes()) == blob.name
    if len(blob.name) == SHA256_LENGTH:
        with blob.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == blob.name
    return True

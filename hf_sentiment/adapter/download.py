"""Fetch a model repository from the Hub or its cache: safe files only, whole, and a clear error if that fails."""

import fnmatch
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, RepoFile, constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hf_sentiment.adapter.cached_files import remove_damaged
from hf_sentiment.adapter.request_limits import (
    PAUSES,
    REQUEST_ERRORS,
    Deadline,
    TimeLimitError,
    is_transient,
    limited_requests,
    reason_of,
    retrying,
)
from hf_sentiment.errors import SentimentError

FOLDERS = "*/*"
# Never a pickle: weights are safetensors or nothing. Other folders hold other formats and tasks.
SAFE_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
# For one answer, and for a whole repository: 1 GB comes within it at 0.6 MB/s.
SECONDS_PER_ANSWER, SECONDS = 15.0, 1800.0


@dataclass(frozen=True)
class Wanted:
    """What to fetch of a repository.

    Attributes:
        kind: "base", "adapter" or "export", for messages.
        files: patterns of the files' names.
        largest: bytes; a repository with more is refused before they are fetched.
        first: a small file that is fetched and checked before the others, None for none.
        check: called with the path of `first`; it raises a SentimentError if the rest is not worth fetching.
        cure: what to do if neither the cache nor the Hub has the repository.
        check_cached: compare files with their hashes even if they were in the cache before.
        folder: the folder of the repository to look in, and in none below it; its root by default.
    """

    kind: str
    files: tuple[str, ...]
    largest: int
    first: str | None = None
    check: Callable[[Path], None] = lambda path: None
    cure: str = "go online once, or give a local folder"
    check_cached: bool = False
    folder: str | None = None

    @property
    def patterns(self) -> dict[str, Any]:
        """The arguments of `snapshot_download` that choose the files."""
        above = f"{self.folder}/" if self.folder else ""
        return {"allow_patterns": [above + name for name in self.files], "ignore_patterns": [above + FOLDERS]}

    def within(self, snapshot: Path) -> Path:
        """The folder of the files in a snapshot of the repository."""
        return snapshot / self.folder if self.folder else snapshot


def fetch(
    wanted: Wanted,
    repo_id: str,
    revision: str | None = None,
    *,
    token: str | bool | None = None,
    local_files_only: bool = False,
) -> Path:
    """Fetch a repository, and return the folder of the wanted files in the Hub cache.

    A file that does not have its hash is fetched once more.

    Args:
        wanted: which files.
        repo_id: Hub id.
        revision: commit, tag or branch.
        token: for private repositories.
        local_files_only: look only in the cache.

    Raises:
        SentimentError: there is no such repository or revision, it is too large, or it cannot be reached and is not
            cached.
    """
    try:
        if local_files_only or constants.is_offline_mode():
            return _from_cache(wanted, repo_id, revision)
        with limited_requests(SECONDS, SECONDS_PER_ANSWER) as deadline:
            return _from_hub(wanted, repo_id, revision, token, deadline)
    except GatedRepoError:
        raise SentimentError(f"The {wanted.kind} {repo_id} is gated: accept its terms and run hf auth login.") from None
    except (HFValidationError, RepositoryNotFoundError):
        raise SentimentError(
            f"There is no {wanted.kind} {repo_id!r}: it is neither a local folder nor a Hub repository that you can "
            "read. Check the name, or run hf auth login if it is private."
        ) from None
    except RevisionNotFoundError:
        raise SentimentError(f"The {wanted.kind} {repo_id} has no revision {revision!r} on the Hub.") from None
    except (*REQUEST_ERRORS, TimeLimitError) as error:
        at = f" at revision {revision}" if revision else ""
        cure = f"try again in a while, or {wanted.cure}" if is_transient(error) else wanted.cure
        raise SentimentError(
            f"The {wanted.kind} {repo_id}{at} is not in the Hub cache and could not be fetched "
            f"({reason_of(error)}): {cure}."
        ) from error


def _from_cache(wanted: Wanted, repo_id: str, revision: str | None) -> Path:
    snapshot = snapshot_download(repo_id, revision=revision, local_files_only=True, **wanted.patterns)
    folder = wanted.within(Path(snapshot))
    if not folder.is_dir():
        raise LocalEntryNotFoundError(f"no {wanted.folder} in the cache")
    return folder


def _from_hub(wanted: Wanted, repo_id: str, revision: str | None, token: str | bool | None, deadline: Deadline) -> Path:
    try:
        cached = _from_cache(wanted, repo_id, revision)
    except LocalEntryNotFoundError:
        cached = None
    # Someone who has the files is not kept waiting for a Hub that does not answer.
    pauses = PAUSES if cached is None else ()
    try:
        listing = retrying(partial(_list_files, wanted, repo_id, revision, token), deadline, pauses)
    except REQUEST_ERRORS as error:
        if cached is None or isinstance(error, RevisionNotFoundError):
            raise
        return cached
    _check_listing(wanted, repo_id, listing)
    if wanted.first:
        first = retrying(
            partial(hf_hub_download, repo_id, wanted.first, subfolder=wanted.folder, revision=revision, token=token),
            deadline,
            pauses,
        )
        wanted.check(Path(first))
    download = partial(
        snapshot_download,
        repo_id,
        revision=revision,
        token=token,
        **wanted.patterns,
    )
    since = 0.0 if wanted.check_cached else time.time() - 1
    fetch_all = partial(_fetch_all, wanted, download, listing)
    folder = retrying(fetch_all, deadline, pauses)
    if not remove_damaged(folder, wanted.files, since):
        return folder
    folder = retrying(fetch_all, deadline)
    if damaged := remove_damaged(folder, wanted.files, since):
        raise SentimentError(
            f"The Hub sent {damaged[0]} of the {wanted.kind} {repo_id} twice with bytes that do not have its hash: "
            "try again in a while."
        )
    return folder


def _fetch_all(wanted: Wanted, download: Callable[[], str], listing: dict[str, int]) -> Path:
    """Fetch, and check that each file is there: snapshot_download returns what the cache has if a request fails."""
    folder = wanted.within(Path(download()))
    missing = [name for name in listing if not (folder / name).is_file()]
    if missing:
        raise OSError(f"the Hub did not send {missing[0]}")
    return folder


def _list_files(wanted: Wanted, repo_id: str, revision: str | None, token: str | bool | None) -> dict[str, int]:
    """The files to fetch: name -> size in bytes."""
    try:
        entries = list(HfApi(token=token).list_repo_tree(repo_id, wanted.folder, revision=revision))
    except RemoteEntryNotFoundError:
        return {}
    files = {entry.path.rpartition("/")[2]: entry.size for entry in entries if isinstance(entry, RepoFile)}
    return {name: size for name, size in files.items() if any(fnmatch.fnmatchcase(name, p) for p in wanted.files)}


def _check_listing(wanted: Wanted, repo_id: str, listing: dict[str, int]) -> None:
    if wanted.first and wanted.first not in listing:
        raise SentimentError(f"{repo_id} has no {wanted.first}: it is not an {wanted.kind}, or it is incomplete.")
    size = sum(listing.values())
    if size > wanted.largest:
        raise SentimentError(
            f"The {wanted.kind} {repo_id} has {size / 1e9:.1f} GB, and at most {wanted.largest / 1e9:g} GB are "
            f"fetched: if you trust it, fetch it with hf download {repo_id} --local-dir DIR, and give that folder."
        )

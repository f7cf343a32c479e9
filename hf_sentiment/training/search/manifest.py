"""The manifest of a search: the folder is claimed for one search, and may only be resumed with the same options."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.owned_folder import read_marker, write_marker
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.training.search.arguments import SearchArguments
from hf_sentiment.training.search.space import Space
from hf_sentiment.training.search.storage_url import without_password

MANIFEST, PURPOSE = "search.json", "search"
LOCK = ".lock"
# Options that may differ when a search is resumed.
FREE = {"resume", "overwrite", "workers", "heartbeat", "output_dir", "push_to_hub", "private", "rejects"}
# Options that may differ between the searches that share a study: each machine has its own name for a database.
FREE_ELSEWHERE = {"storage", "study_name"}


@contextmanager
def claimed(folder: Path, arguments: SearchArguments, space: Space) -> Iterator[None]:
    """Lock the folder for this process, check that it belongs to this search, and write the manifest.

    Raises:
        SentimentError: another search runs in the folder, or has been run there with other options; the folder holds
            something else; or it cannot be written.
    """
    try:
        with system_errors_explained(folder, "The folder is that of --output-dir."):
            folder.mkdir(parents=True, exist_ok=True)
            # The system releases the lock when the process ends, however it ends.
            lock = FileLock(folder / LOCK, timeout=0).acquire()
    except Timeout:
        raise SentimentError(f"Another search is running in {folder}: wait for it to end.") from None
    with lock:
        check_manifest(folder, arguments, space)
        manifest = {"told": _comparable(arguments, space), "arguments": _given(arguments)}
        with system_errors_explained(folder / MANIFEST):
            write_marker(folder / MANIFEST, PURPOSE, manifest)
        yield


def check_manifest(folder: Path, arguments: SearchArguments, space: Space) -> None:
    """Check that a folder is free, or belongs to this search and may be resumed.

    Raises:
        SentimentError: it holds another search or something else.
    """
    manifest = read_marker(folder / MANIFEST, PURPOSE)
    if manifest is None:
        if folder.is_dir() and any(path.name != LOCK for path in folder.iterdir()):
            raise SentimentError(f"{folder} is not empty, and holds no search: give another --output-dir.")
        return
    if not arguments.resume:
        raise SentimentError(f"{folder} holds a search: --resume resumes it, or give another --output-dir.")
    earlier, told = manifest["told"], _comparable(arguments, space)
    if differing := sorted(key for key in told.keys() | earlier.keys() if told.get(key) != earlier.get(key)):
        raise SentimentError(
            f"The search in {folder} was started with another {', '.join(differing)}: give another --output-dir."
        )


def read_arguments(folder: Path) -> SearchArguments:
    """The options of the search in a folder."""
    content = json.loads((folder / MANIFEST).read_text())["arguments"]
    known = {each.name for each in fields(SearchArguments)}
    return SearchArguments(**{key: value for key, value in content.items() if key in known})


def shared_options(arguments: SearchArguments, space: Space) -> dict[str, Any]:
    """The options that all searches of a shared study must have in common."""
    return {key: value for key, value in _comparable(arguments, space).items() if key not in FREE_ELSEWHERE}


def _given(arguments: SearchArguments) -> dict[str, Any]:
    given = {key: value for key, value in asdict(arguments).items() if value is not None}
    if arguments.storage is not None:
        given["storage"] = without_password(arguments.storage)
    return given


def _comparable(arguments: SearchArguments, space: Space) -> dict[str, Any]:
    told = {key: value for key, value in _given(arguments).items() if key not in FREE}
    return json.loads(json.dumps(told | {"space": asdict(space)}))

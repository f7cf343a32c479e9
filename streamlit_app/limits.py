"""What visitors may choose: which adapters, and how large these may be."""

import ipaddress
import json
import os
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import HfApi
from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.utils import filter_repo_objects, validate_repo_id  # type: ignore[attr-defined] # no __all__

from hf_sentiment.adapter.base_model import SHORT_NAMES, locate_base
from hf_sentiment.adapter.download import FOLDERS, SAFE_FILES
from hf_sentiment.adapter.folder import ADAPTER_CONFIG, DEFAULT, SHIPPED, find_adapter
from hf_sentiment.adapter.request_limits import limited_requests
from hf_sentiment.errors import SentimentError

NONE, HUB, ALL = "none", "hub", "all"
CHOOSE = (NONE, HUB, ALL)
# Megabytes of an adapter and its base: BERT-base has 440, XLM-RoBERTa-base 1100.
MAX_SIZE = 1500
MEGABYTE = 10**6
# For the sizes of a repository; a visitor waits for them.
SECONDS = 15.0


class Limits(NamedTuple):
    """What visitors may choose.

    Attributes:
        choose: "none" (only the adapters that the app was started with), "hub" (Hub ids too) or "all" (folders too).
        max_size: megabytes of the files of an adapter and its base.
    """

    choose: str
    max_size: int


class RefusedError(SentimentError):
    """A choice that is not allowed or does not exist; its message names no path of the server."""


def default_choose(address: str | None) -> str:
    """What visitors may choose by default: everything if only this machine can reach the app, else nothing."""
    return ALL if is_loopback(address) else NONE


def is_loopback(address: str | None) -> bool:
    """Whether only this machine can reach a server that listens on an address; None is every address."""
    try:
        return address == "localhost" or ipaddress.ip_address(address or "0.0.0.0").is_loopback
    except ValueError:
        return False


def check_choice(adapter: str, revision: str | None, limits: Limits) -> None:
    """Refuse an adapter that visitors may not choose, before any of its large files is fetched.

    Args:
        adapter: a folder or a Hub id, as the visitor typed it.
        revision: of the adapter on the Hub.
        limits: what visitors may choose.

    Raises:
        RefusedError: it may not be chosen, it does not exist, or it is too large together with its base.
    """
    if limits.choose == NONE:
        raise RefusedError("This app shows only the adapters that it was started with.")
    if adapter == DEFAULT:
        return
    if limits.choose == HUB and not _is_hub_id(adapter):
        raise RefusedError("Give the Hub id of an adapter, such as user/adapter: this app opens no folders.")
    size = _adapter_size(adapter, revision)
    _refuse_large(adapter, size, limits)
    # What the base is, only the adapter itself says; it is small enough to fetch.
    base, base_revision = _base_of(_find(adapter, revision))
    if base is None:
        return
    if limits.choose == HUB and not _is_hub_id(base):
        raise RefusedError(f"{adapter} names a folder as its base: this app opens no folders.")
    _refuse_large(f"{adapter} with its base {base}", size + _base_size(base, base_revision), limits)


def _is_hub_id(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    # A folder in the server's working directory can have the name of a repository, and would be opened instead.
    return not os.path.isdir(os.path.expanduser(name))


def _adapter_size(adapter: str, revision: str | None) -> int:
    """Bytes of an adapter's files, on disk or on the Hub."""
    if adapter in SHIPPED or os.path.isdir(os.path.expanduser(adapter)):
        return _size_on_disk(_find(adapter, revision))
    try:
        return _size_on_hub(adapter, revision)
    except (HFValidationError, RepositoryNotFoundError, RevisionNotFoundError):
        # This does not find it either, and says why.
        return _size_on_disk(_find(adapter, revision))
    except Exception:  # noqa: BLE001 - whatever a network raises; an adapter of unknown size must not be fetched
        return _size_on_disk(_find(adapter, revision, local_files_only=True))


def _base_size(base: str, revision: str | None) -> int:
    """Bytes of a base's files, on disk if they are there, as `locate_base` looks for them, or on the Hub."""
    try:
        return _size_on_disk(Path(locate_base(base, revision, local_files_only=True).path))
    except SentimentError:
        try:
            return _size_on_hub(SHORT_NAMES.get(base, base), revision)
        except Exception as error:
            raise RefusedError(f"The base {base} is not on this machine, and the Hub has none for this app.") from error


def _find(adapter: str, revision: str | None, *, local_files_only: bool = False) -> Path:
    try:
        return find_adapter(adapter, revision, local_files_only=local_files_only)
    except SentimentError as error:
        raise RefusedError(str(error)) from error


def _size_on_hub(repo_id: str, revision: str | None) -> int:
    with limited_requests(SECONDS):
        info = HfApi().model_info(repo_id, revision=revision, files_metadata=True)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
    return sum(sizes[name] for name in _read_files(list(sizes)))


def _size_on_disk(folder: Path) -> int:
    return sum((folder / name).stat().st_size for name in _read_files(os.listdir(folder)))


def _read_files(names: list[str]) -> list[str]:
    return list(filter_repo_objects(names, allow_patterns=list(SAFE_FILES), ignore_patterns=FOLDERS))


def _base_of(folder: Path) -> tuple[str | None, str | None]:
    """The base that an adapter names and its revision; None if it names none, which loading it will report."""
    try:
        config = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
        base, revision = config.get("base_model_name_or_path"), config.get("revision")
    except (OSError, ValueError, AttributeError):
        return None, None
    return (base if isinstance(base, str) and base else None), (revision if isinstance(revision, str) else None)


def _refuse_large(what: str, size: int, limits: Limits) -> None:
    if size > limits.max_size * MEGABYTE:
        raise RefusedError(
            f"{what} takes {size / MEGABYTE:,.0f} MB, and this app loads up to {limits.max_size:,} MB: choose a "
            "smaller one, or start the app with a larger --max-size."
        )

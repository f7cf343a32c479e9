"""publish: an adapter folder to the Hub in one commit, read back and checked."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
from huggingface_hub import CommitOperationAdd, HfApi, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, OfflineModeIsEnabled
from huggingface_hub.utils import validate_repo_id

from hf_sentiment.adapter import ADAPTER_CONFIG, ADAPTER_WEIGHTS, adapter_files, load_adapter
from hf_sentiment.bases import first_line
from hf_sentiment.config import FILE_NAME
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.card import REPO_PLACEHOLDER, WIDGET
from hf_sentiment.pipeline import load

NEEDED = (ADAPTER_CONFIG, ADAPTER_WEIGHTS, FILE_NAME, "tokenizer_config.json", "README.md")
# What comes back from the Hub is the same bytes; only a changed file could differ by more.
TOLERANCE = 1e-6


@dataclass
class PublishResult:
    """What a publication did, or with `dry_run` what it would do.

    Attributes:
        repo: the repository's id.
        commit: the commit's hash; None for a dry run.
        url: of the repository, or of the pull request; None for a dry run.
        files: path -> bytes.
        revision: under which the adapter can be loaded: "main", the tag or the pull request's.
    """

    repo: str
    commit: str | None
    url: str | None
    files: dict[str, int] = field(default_factory=dict)
    revision: str | None = None


def publish(
    folder: str | Path,
    repo_id: str,
    *,
    private: bool = False,
    create_pr: bool = False,
    tag: str | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> PublishResult:
    """Publish an adapter folder: weights, configs, tokenizer, report, pictures and card in ONE commit.

    Afterwards the commit is fetched from the Hub into an empty cache, and must answer as the folder does.

    Args:
        folder: an adapter folder.
        repo_id: user/name; made where missing.
        private: make the repository private, if it is made.
        create_pr: open a pull request instead of committing to main.
        tag: a tag for the commit.
        dry_run: say what the commit would hold, and ask the network nothing.
        token: the one of `hf auth login` by default.

    Raises:
        SentimentError: the folder is not a whole adapter, there is no token or no network, or the Hub refuses.
    """
    folder = Path(folder)
    _check_names(repo_id, create_pr, tag)
    operations = commit_operations(folder, repo_id)
    files = {operation.path_in_repo: operation.upload_info.size for operation in operations}
    if dry_run:
        return PublishResult(repo_id, None, None, files)
    api = HfApi(token=token)
    _check_login(api, repo_id)
    try:
        api.create_repo(repo_id, private=private or None, exist_ok=True)
        if tag and tag in {ref.name for ref in api.list_repo_refs(repo_id).tags}:
            raise SentimentError(f"{repo_id} already has a tag {tag}: give another --tag.")
        commit = api.create_commit(
            repo_id, operations, commit_message=f"Publish {folder.resolve().name}", create_pr=create_pr
        )
        _check_read_back(folder, repo_id, commit.oid, token)
        # A tag promises that the commit works, so it comes after the check.
        if tag:
            api.create_tag(repo_id, tag=tag, revision=commit.oid)
    except (HfHubHTTPError, httpx2.TransportError, OfflineModeIsEnabled, ValueError, OSError) as error:
        raise SentimentError(f"The Hub did not take {repo_id}: {first_line(error)}") from error
    url = commit.pr_url if create_pr else f"{api.endpoint}/{repo_id}"
    return PublishResult(repo_id, commit.oid, url, files, commit.pr_revision if create_pr else tag or "main")


def commit_operations(folder: Path, repo_id: str) -> list[CommitOperationAdd]:
    """The commit's files, the card naming its repository.

    Raises:
        SentimentError: the folder lacks something, or its adapter names a folder of this machine as its base.
    """
    if not folder.is_dir():
        raise SentimentError(f"There is no adapter folder {folder}.")
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise SentimentError(f"{folder} is not a whole adapter folder: {', '.join(missing)} is missing.")
    operations = []
    for name in adapter_files(folder):
        content: str | bytes = str(folder / name)
        if name == Path("README.md"):
            content = (folder / name).read_text(encoding="utf-8").replace(REPO_PLACEHOLDER, repo_id).encode()
        operations.append(CommitOperationAdd(path_in_repo=name.as_posix(), path_or_fileobj=content))
    return operations


def _check_names(repo_id: str, create_pr: bool, tag: str | None) -> None:
    try:
        validate_repo_id(repo_id)
    except HFValidationError:
        repo_id = ""
    if repo_id.count("/") != 1:
        raise SentimentError("A repository is named user/name, in letters, digits, '-', '_' and '.'.")
    if create_pr and tag:
        raise SentimentError("A pull request gets no tag: merge it first, then tag main.")


def _check_login(api: HfApi, repo_id: str) -> None:
    try:
        api.whoami()
    except LocalTokenNotFoundError:
        raise SentimentError(
            f"Publishing {repo_id} needs a token: run hf auth login, or set HF_TOKEN. --dry-run works without."
        ) from None
    except HfHubHTTPError as error:
        if error.response is not None and error.response.status_code == 401:
            raise SentimentError("The Hub does not accept the token: run hf auth login again.") from None
        raise SentimentError(f"The Hub cannot be asked who you are: {first_line(error)}") from error
    except (httpx2.TransportError, OfflineModeIsEnabled, OSError) as error:
        raise SentimentError(f"The Hub cannot be reached ({first_line(error)}). --dry-run works without.") from error


def _check_read_back(folder: Path, repo_id: str, commit: str, token: str | None) -> None:
    with tempfile.TemporaryDirectory() as cache:
        fetched = snapshot_download(repo_id, revision=commit, cache_dir=cache, token=token)
        # The base is the same for both; the adapter is what went over the network.
        base = load_adapter(folder, token=token).base.path
        here, there = (load(path, base_model=base).logits(list(WIDGET)) for path in (folder, fetched))
    gap = float(np.abs(here - there).max())
    if gap > TOLERANCE:
        raise SentimentError(
            f"{repo_id} at {commit[:8]} answers differently from {folder.name} (logits {gap:.2g} apart): publish again."
        )

"""Publish an adapter folder to the Hub in one commit, and check what the Hub then returns."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, OfflineModeIsEnabled
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined] # exported without __all__

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS, adapter_files
from hf_sentiment.adapter.loading import load_adapter
from hf_sentiment.adapter.manifest import check_manifest
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.exports import export_merged
from hf_sentiment.hub.edits import REPO_PLACEHOLDER, keep_edits
from hf_sentiment.hub.merged_card import merged_card
from hf_sentiment.hub.metadata import check_card
from hf_sentiment.hub.read_back import check_adapter, check_merged

NEEDED = (ADAPTER_CONFIG, ADAPTER_WEIGHTS, FILE_NAME, "tokenizer_config.json", "README.md")
MERGED_BRANCH = "merged"


@dataclass
class PublishResult:
    """What was published, or with `dry_run` what would be.

    Attributes:
        repo: the repository's id.
        commit: the commit's hash; None for a dry run.
        url: of the repository, or of the pull request; None for a dry run.
        files: path -> size in bytes.
        revision: from which the adapter can be loaded: "main", the branch, the tag or the pull request's.
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
    merged: bool = False,
    dry_run: bool = False,
    token: str | None = None,
) -> PublishResult:
    """Publish an adapter folder: weights, configs, tokenizer, report, pictures and card in ONE commit.

    Afterwards the commit is fetched into an empty cache and must give the same answers as the folder. Edits in the
    repository's card are kept, see `hf_sentiment.hub.edits`.

    Args:
        folder: an adapter folder.
        repo_id: user/name; created if missing.
        private: create the repository as a private one.
        create_pr: open a pull request instead of committing.
        tag: a tag for the commit.
        merged: publish the whole model with the adapter merged in, for loaders without PEFT: to main, or to a branch
            "merged" if the repository holds the adapter itself.
        dry_run: only list the commit's files, without any request to the network.
        token: the one of `hf auth login` by default.

    Raises:
        SentimentError: the folder is incomplete, there is no token or no network, the Hub refuses the commit, or the
            published model answers differently.
    """
    folder = Path(folder)
    _check_names(repo_id, create_pr, tag)
    check_folder(folder)
    api = HfApi(token=token)
    with tempfile.TemporaryDirectory() as scratch:
        if not dry_run:
            _check_login(api, repo_id)
        with _hub_errors(repo_id):
            branch = _prepare_repo(api, repo_id, private, tag, merged) if not dry_run else None
            content = _merge_into(folder, Path(scratch) / "merged", branch) if merged else folder
            card = _card(content, repo_id, None if dry_run else api, branch, scratch)
            operations = commit_operations(content, repo_id, card, None if merged else adapter_files(folder))
            files = {operation.path_in_repo: operation.upload_info.size for operation in operations}
            if dry_run:
                return PublishResult(repo_id, None, None, files)
            commit = api.create_commit(
                repo_id,
                operations + _leftovers(api, repo_id, branch),
                commit_message=f"Publish {folder.resolve().name}{', merged' if merged else ''}",
                revision=branch,
                create_pr=create_pr,
            )
            (check_merged if merged else check_adapter)(folder, repo_id, commit.oid, token)
            # A tag promises a working commit, so it is set after the check.
            if tag:
                api.create_tag(repo_id, tag=tag, revision=commit.oid)
    url = commit.pr_url if create_pr else f"{api.endpoint}/{repo_id}" + (f"/tree/{branch}" if branch else "")
    revision = commit.pr_revision if create_pr else tag or branch or "main"
    return PublishResult(repo_id, commit.oid, url, files, revision)


def check_folder(folder: Path) -> None:
    """Check that a folder holds a complete adapter.

    Raises:
        SentimentError: the folder or one of its files is missing, or a file is not the one that its manifest lists.
    """
    if not folder.is_dir():
        raise SentimentError(f"There is no adapter folder {folder}: give the folder that hf-sentiment train wrote.")
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise SentimentError(f"{folder} is not a complete adapter folder: {', '.join(missing)} is missing.")
    check_manifest(folder)


def commit_operations(
    folder: Path, repo_id: str, card: str, files: list[Path] | None = None
) -> list[CommitOperationAdd]:
    """The files to commit (by default all files of a folder), with the repository's name in the card."""
    operations = []
    for name in files or sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()):
        content: str | bytes = str(folder / name)
        if name == Path("README.md"):
            content = card.replace(REPO_PLACEHOLDER, repo_id).encode()
        operations.append(CommitOperationAdd(path_in_repo=name.as_posix(), path_or_fileobj=content))
    return operations


def _card(folder: Path, repo_id: str, api: HfApi | None, branch: str | None, scratch: str) -> str:
    """The folder's card with the edits in the repository's card, checked."""
    card = (folder / "README.md").read_text(encoding="utf-8")
    if api is not None and api.file_exists(repo_id, "README.md", revision=branch):
        there = api.hf_hub_download(repo_id, "README.md", revision=branch, cache_dir=f"{scratch}/cache")
        card = keep_edits(card, Path(there).read_text(encoding="utf-8"))
    check_card(card)
    return card


def _prepare_repo(api: HfApi, repo_id: str, private: bool, tag: str | None, merged: bool) -> str | None:
    """Create the repository if it is missing; return the branch to commit to, None for main."""
    api.create_repo(repo_id, private=private or None, exist_ok=True)
    if tag and tag in {ref.name for ref in api.list_repo_refs(repo_id).tags}:
        raise SentimentError(f"{repo_id} already has a tag {tag}: give another --tag.")
    # With a config.json beside an adapter, stock loaders look for a whole model, so the two need separate revisions.
    if merged and api.file_exists(repo_id, ADAPTER_CONFIG):
        api.create_branch(repo_id, branch=MERGED_BRANCH, exist_ok=True)
        return MERGED_BRANCH
    return None


def _leftovers(api: HfApi, repo_id: str, branch: str | None) -> list[CommitOperationDelete]:
    """Delete the two files of the adapter that the branch of the merged model inherits from main."""
    if branch is None:
        return []
    there = api.list_repo_files(repo_id, revision=branch)
    return [CommitOperationDelete(name) for name in (ADAPTER_CONFIG, ADAPTER_WEIGHTS) if name in there]


def _merge_into(folder: Path, target: Path, branch: str | None) -> Path:
    export_merged(load_adapter(folder), target)
    card = (folder / "README.md").read_text(encoding="utf-8")
    text = merged_card(card, SentimentConfig.load(folder), REPO_PLACEHOLDER, branch)
    (target / "README.md").write_text(text, encoding="utf-8")
    for name in adapter_files(folder):
        if name.parts[0] == "evaluation":
            (target / "evaluation").mkdir(exist_ok=True)
            shutil.copyfile(folder / name, target / name)
    return target


@contextmanager
def _hub_errors(repo_id: str) -> Iterator[None]:
    try:
        yield
    except (HfHubHTTPError, httpx2.TransportError, OfflineModeIsEnabled, ValueError, OSError) as error:
        raise SentimentError(f"The Hub did not take {repo_id}: {first_line(error)}") from error


def _check_names(repo_id: str, create_pr: bool, tag: str | None) -> None:
    try:
        validate_repo_id(repo_id)
    except HFValidationError:
        repo_id = ""
    if repo_id.count("/") != 1:
        raise SentimentError("A repository is named user/name, with letters, digits, '-', '_' and '.' only.")
    if create_pr and tag:
        raise SentimentError("A pull request cannot have a tag: merge it first, then tag main.")


def _check_login(api: HfApi, repo_id: str) -> None:
    try:
        api.whoami()
    except LocalTokenNotFoundError:
        raise SentimentError(
            f"Publishing {repo_id} needs a token: run hf auth login, or set HF_TOKEN. --dry-run works without one."
        ) from None
    except HfHubHTTPError as error:
        if error.response is not None and error.response.status_code == 401:
            raise SentimentError("The Hub does not accept the token: run hf auth login again.") from None
        raise SentimentError(f"The Hub did not check the token: {first_line(error)}") from error
    except (httpx2.TransportError, OfflineModeIsEnabled, OSError) as error:
        raise SentimentError(
            f"The Hub cannot be reached ({first_line(error)}): check the connection. --dry-run works without it."
        ) from error

"""publish: an adapter folder to the Hub in one commit, read back and checked."""

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, OfflineModeIsEnabled
from huggingface_hub.utils import validate_repo_id
from transformers import pipeline

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS, adapter_files
from hf_sentiment.adapter.loading import load_adapter
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.exports import export_merged
from hf_sentiment.hub.card import merged_card
from hf_sentiment.hub.edits import REPO_PLACEHOLDER, keep_edits
from hf_sentiment.hub.metadata import WIDGET, check_card
from hf_sentiment.inference.pipeline import load

NEEDED = (ADAPTER_CONFIG, ADAPTER_WEIGHTS, FILE_NAME, "tokenizer_config.json", "README.md")
# What comes back from the Hub is the same bytes; only a changed file could differ by more.
TOLERANCE = 1e-5
MERGED_BRANCH = "merged"


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
    merged: bool = False,
    dry_run: bool = False,
    token: str | None = None,
) -> PublishResult:
    """Publish an adapter folder: weights, configs, tokenizer, report, pictures and card in ONE commit.

    Afterwards the commit is fetched from the Hub into an empty cache, and must answer as the folder does. What people
    changed in the repository's card stays, see `hf_sentiment.hub.edits`.

    Args:
        folder: an adapter folder.
        repo_id: user/name; made where missing.
        private: make the repository private, if it is made.
        create_pr: open a pull request instead of committing.
        tag: a tag for the commit.
        merged: publish the whole model, the adapter merged in, for loaders without PEFT: to main, or, where the
            repository holds the adapter itself, to a branch "merged" of it.
        dry_run: say what the commit would hold, and ask the network nothing.
        token: the one of `hf auth login` by default.

    Raises:
        SentimentError: the folder is not a whole adapter, there is no token or no network, or the Hub refuses.
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
            content = _merge_into(folder, Path(scratch) / "merged", repo_id, branch) if merged else folder
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
            _check_read_back(folder, repo_id, commit.oid, merged, token)
            # A tag promises that the commit works, so it comes after the check.
            if tag:
                api.create_tag(repo_id, tag=tag, revision=commit.oid)
    url = commit.pr_url if create_pr else f"{api.endpoint}/{repo_id}" + (f"/tree/{branch}" if branch else "")
    revision = commit.pr_revision if create_pr else tag or branch or "main"
    return PublishResult(repo_id, commit.oid, url, files, revision)


def check_folder(folder: Path) -> None:
    """Raise a SentimentError unless a folder holds all of an adapter."""
    if not folder.is_dir():
        raise SentimentError(f"There is no adapter folder {folder}.")
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise SentimentError(f"{folder} is not a whole adapter folder: {', '.join(missing)} is missing.")


def commit_operations(
    folder: Path, repo_id: str, card: str, files: list[Path] | None = None
) -> list[CommitOperationAdd]:
    """The commit's files (all of a folder's by default), the card naming its repository."""
    operations = []
    for name in files or sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()):
        content: str | bytes = str(folder / name)
        if name == Path("README.md"):
            content = card.replace(REPO_PLACEHOLDER, repo_id).encode()
        operations.append(CommitOperationAdd(path_in_repo=name.as_posix(), path_or_fileobj=content))
    return operations


def _card(folder: Path, repo_id: str, api: HfApi | None, branch: str | None, scratch: str) -> str:
    """The folder's card, with what people changed in the one that the repository has; checked."""
    card = (folder / "README.md").read_text(encoding="utf-8")
    if api is not None and api.file_exists(repo_id, "README.md", revision=branch):
        there = api.hf_hub_download(repo_id, "README.md", revision=branch, cache_dir=f"{scratch}/cache")
        card = keep_edits(card, Path(there).read_text(encoding="utf-8"))
    check_card(card)
    return card


def _prepare_repo(api: HfApi, repo_id: str, private: bool, tag: str | None, merged: bool) -> str | None:
    """Make the repository where it is missing; gives the branch to commit to, None for main."""
    api.create_repo(repo_id, private=private or None, exist_ok=True)
    if tag and tag in {ref.name for ref in api.list_repo_refs(repo_id).tags}:
        raise SentimentError(f"{repo_id} already has a tag {tag}: give another --tag.")
    # A config.json beside an adapter makes stock loaders look for a whole model: the two do not share a revision.
    if merged and api.file_exists(repo_id, ADAPTER_CONFIG):
        api.create_branch(repo_id, branch=MERGED_BRANCH, exist_ok=True)
        return MERGED_BRANCH
    return None


def _leftovers(api: HfApi, repo_id: str, branch: str | None) -> list[CommitOperationDelete]:
    """The adapter's own two files, which a branch for the merged model inherits from main."""
    if branch is None:
        return []
    there = api.list_repo_files(repo_id, revision=branch)
    return [CommitOperationDelete(name) for name in (ADAPTER_CONFIG, ADAPTER_WEIGHTS) if name in there]


def _merge_into(folder: Path, target: Path, repo_id: str, branch: str | None) -> Path:
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
def _hub_errors(repo_id: str):
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


def _check_read_back(folder: Path, repo_id: str, commit: str, merged: bool, token: str | None) -> None:
    with tempfile.TemporaryDirectory() as cache:
        fetched = snapshot_download(repo_id, revision=commit, cache_dir=cache, token=token)
        here = load(folder, dtype="float32", token=token)
        expected = here(list(WIDGET), top_k=None)
        if merged:
            # As somebody does who has neither PEFT nor this package.
            answers = pipeline("text-classification", model=fetched)(list(WIDGET), top_k=None, truncation=True)
        else:
            # The base is the same for both; the adapter is what went over the network.
            answers = load(fetched, base_model=here.adapter.base.path, dtype="float32")(list(WIDGET), top_k=None)
    for mine, theirs in zip(expected, answers, strict=True):
        gap = max(abs(a["score"] - b["score"]) for a, b in zip(mine, theirs, strict=True))
        if [a["label"] for a in mine] != [b["label"] for b in theirs] or gap > TOLERANCE:
            raise SentimentError(
                f"{repo_id} at {commit[:8]} does not answer as {folder.name} does ({gap:.2g} apart): publish again."
            )

"""Publish an adapter folder to the Hub in one commit, and check what the Hub then returns."""

import shutil
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS, adapter_files
from hf_sentiment.adapter.loading import load_adapter
from hf_sentiment.adapter.manifest import check_manifest
from hf_sentiment.adapter.request_limits import Deadline, limited_requests, retrying
from hf_sentiment.backends.export_files import ONNX, ONNX_FOLDER, ONNX_INT8
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.exports import add_onnx, export_merged
from hf_sentiment.hub.commit import Publication, send
from hf_sentiment.hub.edits import REPO_PLACEHOLDER
from hf_sentiment.hub.endpoint import endpoint_files
from hf_sentiment.hub.merged_card import merged_card
from hf_sentiment.hub.publish_error import after_commit
from hf_sentiment.hub.read_back import check_adapter, check_merged, check_onnx, fetch_commit
from hf_sentiment.hub.repository import before_commit, check_login, check_repo_id

NEEDED = (ADAPTER_CONFIG, ADAPTER_WEIGHTS, FILE_NAME, "tokenizer_config.json", "README.md")
MERGED_BRANCH = "merged"
# Seconds for the whole publication; 1 GB goes up within it at 0.6 MB/s.
TIMEOUT = 1800.0


@dataclass
class PublishResult:
    """What was published, or with `dry_run` what would be.

    Attributes:
        repo: the repository's id.
        commit: the commit's hash; None for a dry run.
        url: of the repository, or of the pull request; None for a dry run.
        files: path -> size in bytes.
        revision: from which the adapter can be loaded: "main", the branch, the tag or the pull request's.
        notes: what was left out, and why; of a Space, what it needs besides.
        changed: whether there was anything to commit.
    """

    repo: str
    commit: str | None
    url: str | None
    files: dict[str, int] = field(default_factory=dict)
    revision: str | None = None
    notes: list[str] = field(default_factory=list)
    changed: bool = True


def publish(
    folder: str | Path,
    repo_id: str,
    *,
    private: bool = False,
    create_pr: bool = False,
    tag: str | None = None,
    merged: bool = False,
    onnx: bool = False,
    endpoint: bool = False,
    dry_run: bool = False,
    token: str | None = None,
    timeout: float = TIMEOUT,
) -> PublishResult:
    """Publish an adapter folder: weights, configs, tokenizer, report, pictures and card in ONE commit.

    The commit replaces the one that was read, and deletes what an earlier publication left. Afterwards it is fetched
    into an empty cache, and must hold the same bytes and give the same answers as the folder. Edits in the repository's
    card are kept, see `hf_sentiment.hub.edits`.

    Args:
        folder: an adapter folder.
        repo_id: user/name; created if missing.
        private: create the repository as a private one.
        create_pr: open a pull request instead of committing.
        tag: a tag for the commit.
        merged: publish the whole model with the adapter merged in, for loaders without PEFT: to main, or to a branch
            "merged" if the repository holds the adapter itself.
        onnx: with `merged`, publish it as ONNX too, for transformers.js and `hf_sentiment.runtime`; without int8 if
            its answers would differ too much.
        endpoint: publish what Hugging Face Inference Endpoints serve the adapter with: handler.py, requirements.txt and
            hf_sentiment.zip, the code of this package, which is in no package index. The endpoint needs Python 3.11 and
            a server that runs with transformers 5 (the Inference Toolkit 0.5.6 does not), and fetches the adapter's
            base from the Hub. See `hf_sentiment.hub.endpoint_handler`.
        dry_run: only list the commit's files, without any request to the network.
        token: the one of `hf auth login` by default.
        timeout: seconds for all requests together.

    Raises:
        PublishError: the Hub did not take the commit, or what it took differs; `outcome` says what is there now.
        SentimentError: the folder is incomplete, there is no token, or two options exclude each other.
    """
    folder = Path(folder)
    check_repo_id(repo_id)
    if create_pr and tag:
        raise SentimentError("A pull request cannot have a tag: merge it first, then tag main.")
    _check_formats(merged, onnx, endpoint)
    check_folder(folder)
    title = f"Publish {folder.resolve().name}{', merged' if merged else ''}"
    beside = endpoint_files() if endpoint else {}
    publication = Publication(folder, adapter_files(folder), repo_id, title, create_pr=create_pr, beside=beside)
    with tempfile.TemporaryDirectory() as scratch:
        if dry_run:
            notes = _merge(publication, Path(scratch) / "merged", onnx) if merged else []
            publication.plan(publication.own_card())
            return PublishResult(repo_id, None, None, sizes(publication), notes=notes)
        api = HfApi(token=token)
        with limited_requests(timeout) as deadline:
            check_login(api, repo_id, deadline)
            publication.branch = _prepare_repo(api, repo_id, private, tag, merged, deadline)
            notes = _merge(publication, Path(scratch) / "merged", onnx) if merged else []
            commit = send(publication, api, deadline, Path(scratch))
            with after_commit(repo_id, commit.oid, "check"):
                fetched = fetch_commit(publication, commit.oid, Path(scratch) / "cache", token, deadline)
                (check_merged if merged else check_adapter)(folder, fetched, token)
                if onnx:
                    check_onnx(folder, fetched, token)
            # A tag promises a working commit, so it is set after the check.
            if tag:
                with after_commit(repo_id, commit.oid, "tag"):
                    retrying(partial(_set_tag, api, repo_id, tag, commit.oid), deadline)
    branch = publication.branch
    url = commit.pr_url if create_pr else f"{api.endpoint}/{repo_id}" + (f"/tree/{branch}" if branch else "")
    revision = commit.pr_revision if create_pr else tag or branch or "main"
    changed = commit.oid != publication.before
    return PublishResult(repo_id, commit.oid, url, sizes(publication), revision, notes, changed)


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


def sizes(publication: Publication) -> dict[str, int]:
    """The files that a commit writes: path -> bytes."""
    return {operation.path_in_repo: operation.upload_info.size for operation in publication.added()}


def _prepare_repo(
    api: HfApi, repo_id: str, private: bool, tag: str | None, merged: bool, deadline: Deadline
) -> str | None:
    """Create the repository if it is missing; return the branch to commit to, None for main."""
    with before_commit(repo_id):
        retrying(lambda: api.create_repo(repo_id, private=private or None, exist_ok=True), deadline)
        if tag and tag in {ref.name for ref in retrying(lambda: api.list_repo_refs(repo_id), deadline).tags}:
            raise SentimentError(f"{repo_id} already has a tag {tag}: give another --tag.")
        # With a config.json beside an adapter, stock loaders look for a whole model: the two need separate revisions.
        if merged and retrying(lambda: api.file_exists(repo_id, ADAPTER_CONFIG), deadline):
            retrying(lambda: api.create_branch(repo_id, branch=MERGED_BRANCH, exist_ok=True), deadline)
            return MERGED_BRANCH
    return None


def _merge(publication: Publication, target: Path, onnx: bool) -> list[str]:
    """Publish the merged model, which is written to `target`, instead of the adapter; return what was left out."""
    folder = publication.folder
    loaded = load_adapter(folder)
    export_merged(loaded, target)
    refused = add_onnx(loaded, target) if onnx else None
    text = merged_card(
        publication.own_card(),
        SentimentConfig.load(folder),
        REPO_PLACEHOLDER,
        publication.branch,
        onnx=[name for name in (ONNX, ONNX_INT8) if (target / ONNX_FOLDER / name).is_file()],
    )
    (target / "README.md").write_text(text, encoding="utf-8")
    for name in adapter_files(folder):
        if name.parts[0] == "evaluation":
            (target / "evaluation").mkdir(exist_ok=True)
            shutil.copyfile(folder / name, target / name)
    publication.folder = target
    publication.files = sorted(path.relative_to(target) for path in target.rglob("*") if path.is_file())
    return [f"{ONNX_FOLDER}/{ONNX_INT8} was left out: {refused}"] if refused else []


def _set_tag(api: HfApi, repo_id: str, tag: str, commit: str) -> None:
    try:
        api.create_tag(repo_id, tag=tag, revision=commit)
    except HfHubHTTPError as error:
        # A request that the Hub did not answer may have set it.
        conflict = error.response is not None and error.response.status_code == 409
        if not conflict or commit not in {ref.target_commit for ref in api.list_repo_refs(repo_id).tags}:
            raise


def _check_formats(merged: bool, onnx: bool, endpoint: bool) -> None:
    if onnx and not merged:
        raise SentimentError("--onnx is the merged model in another format: give --merged too.")
    if endpoint and merged:
        raise SentimentError(
            "--endpoint is for the adapter: leave it out, Inference Endpoints serve a merged model without a handler."
        )

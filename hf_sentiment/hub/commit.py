"""Send a publication as one commit on top of the one that was read, or find out what became of it."""

import fnmatch
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.constants import REPO_TYPES_URL_PREFIXES
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.sha import git_hash

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_FILES
from hf_sentiment.adapter.request_limits import PAUSES, Deadline, is_transient, retrying, wanted_pause
from hf_sentiment.backends.export_files import CHECK, ONNX, ONNX_FOLDER, ONNX_INT8, TOKENIZER
from hf_sentiment.core.config import FILE_NAME
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.edits import COMMENT, REPO_PLACEHOLDER, keep_edits
from hf_sentiment.hub.endpoint import ENDPOINT_FILES, ENDPOINT_PACKAGE
from hf_sentiment.hub.metadata import check_card
from hf_sentiment.hub.publish_error import HUB_ERRORS, maybe_published, not_published
from hf_sentiment.reports.html import HTML
from hf_sentiment.reports.plots import PICTURES
from hf_sentiment.reports.report import REPORT

CARD = "README.md"
# What a publication of ours may hold. Pictures and files with other names beside them belong to somebody.
OUR_FILES = (
    *(pattern for pattern in ADAPTER_FILES if not pattern.startswith("evaluation/")),
    "config.json",
    "model*.safetensors",
    "model.safetensors.index.json",
    *(f"{ONNX_FOLDER}/{name}" for name in (ONNX, ONNX_INT8, CHECK, TOKENIZER, FILE_NAME)),
    *(f"evaluation/{name}" for name in (REPORT, HTML, *PICTURES)),
    *ENDPOINT_FILES,
)
# 409 and 412: another commit was first. It is read, and the publication is made again on top of it.
CONFLICT = (409, 412)
SECONDS_TO_ASK = 20.0


@dataclass
class Publication:
    """The files of one publication, and where they go.

    Attributes:
        folder: the local folder.
        files: to publish, relative to it.
        repo_id: the repository, which exists.
        title: of the commit.
        branch: to commit to, None for main.
        create_pr: open a pull request instead.
        beside: more files, which are not in the folder: name -> content.
        operations: of the last attempt: what the commit writes and deletes.
        before: the branch's commit before the first attempt; None until it is read.
        repo_type: "model" or "space".
    """

    folder: Path
    files: list[Path]
    repo_id: str
    title: str
    branch: str | None = None
    create_pr: bool = False
    beside: dict[str, bytes] = field(default_factory=dict)
    operations: list[CommitOperationAdd | CommitOperationDelete] = field(default_factory=list)
    before: str | None = None
    repo_type: ClassVar[str] = "model"

    @property
    def page(self) -> str:
        """The path of the repository's page on the Hub."""
        return f"{REPO_TYPES_URL_PREFIXES.get(self.repo_type, '')}{self.repo_id}"

    def added(self) -> list[CommitOperationAdd]:
        """The files that the commit writes."""
        return [operation for operation in self.operations if isinstance(operation, CommitOperationAdd)]

    def names(self) -> list[str]:
        """The files that the repository holds afterwards, by their paths in it."""
        return [*(name.as_posix() for name in self.files), *self.beside]

    def plan(self, card: str) -> None:
        """Take the files as they are, and the card with the repository's name.

        Raises:
            SentimentError: the Hub would refuse the card.
        """
        check_card(card)
        self.operations = []
        for name in self.files:
            content: str | bytes = str(self.folder / name)
            if name == Path(CARD):
                content = card.replace(REPO_PLACEHOLDER, self.repo_id).encode()
            self.operations.append(CommitOperationAdd(path_in_repo=name.as_posix(), path_or_fileobj=content))
        self.operations += [CommitOperationAdd(name, content) for name, content in self.beside.items()]

    def own_card(self) -> str:
        """The folder's card."""
        return (self.folder / CARD).read_text(encoding="utf-8")

    def leftovers(self, there: Iterable[str], card: str | None) -> list[str]:
        """What the commit deletes, see `leftovers`."""
        return leftovers(there, card, self.names())


def send(publication: Publication, api: HfApi, deadline: Deadline, scratch: Path) -> CommitInfo:
    """Commit a publication on top of what the repository holds, which is read first, together with its card.

    If another commit comes between, everything is read again. A commit that the Hub took without saying so is found by
    the next attempt, which then has nothing left to commit: the one that was read is the publication.

    Args:
        publication: its operations are planned here.
        api: the client.
        deadline: for all requests.
        scratch: an empty folder, for the cards that are read.

    Raises:
        PublishError: nothing was published, or it is not known whether.
        SentimentError: the card cannot be read, or the repository holds somebody's whole model.
    """
    taken = False
    for pause in (*PAUSES, None):
        try:
            parent = _head(publication, api, deadline)
            publication.before = publication.before or parent
            if not _plan_on(publication, api, deadline, parent, scratch):
                # create_commit would answer with the newest commit, which may be another publisher's by now.
                url = f"{api.endpoint}/{publication.page}/commit/{parent}"
                return CommitInfo(url, commit_message=publication.title, commit_description="", oid=parent)
            return api.create_commit(
                publication.repo_id,
                publication.operations,
                commit_message=publication.title,
                repo_type=publication.repo_type,
                revision=publication.branch,
                create_pr=publication.create_pr,
                parent_commit=parent,
            )
        except HUB_ERRORS as error:
            # The Hub may have taken a commit of an earlier attempt without saying so, which is the next one's parent.
            taken = taken or is_transient(error) or isinstance(error, SentimentError)
            pause = pause and (wanted_pause(error) or pause)
            if pause is None or not _may_repeat(publication, error) or not deadline.allows(pause):
                raise _what_became(publication, api, deadline, error, taken) from error
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def leftovers(there: Iterable[str], card: str | None, files: Iterable[str]) -> list[str]:
    """The files of an earlier publication of ours that the next one does not overwrite.

    Args:
        there: the repository's files.
        card: its card, None without one.
        files: of the next publication.

    Raises:
        SentimentError: a whole model of somebody is there, beside which no adapter can be loaded; or a handler of
            somebody, which the publication would overwrite.
    """
    there, files = set(there), set(files)
    # Many repositories have a handler.py or a requirements.txt. Ours come with the package's code.
    foreign = set() if ENDPOINT_PACKAGE in there else there.intersection(ENDPOINT_FILES)
    if foreign & files:
        raise SentimentError(
            f"The repository holds another {min(foreign & files)}, which would be overwritten: delete it there, or "
            "publish without --endpoint."
        )
    if not (FILE_NAME in there or (card and COMMENT.search(card))):
        if "config.json" in there and ADAPTER_CONFIG in files:
            raise SentimentError(
                "The repository holds a whole model (config.json), beside which loaders do not find an adapter: "
                "publish to another repository."
            )
        return []
    left = there - files - foreign
    return sorted(name for name in left if any(fnmatch.fnmatchcase(name, pattern) for pattern in OUR_FILES))


def _head(publication: Publication, api: HfApi, deadline: Deadline) -> str:
    repo_id, kind = publication.repo_id, publication.repo_type
    info = retrying(lambda: api.repo_info(repo_id, revision=publication.branch, repo_type=kind), deadline)
    return str(info.sha)


def _plan_on(publication: Publication, api: HfApi, deadline: Deadline, parent: str, scratch: Path) -> bool:
    """Plan the commit on top of a parent: its card's edits are kept, and what we left there is deleted.

    Returns:
        Whether the commit would change anything.
    """
    repo_id, kind = publication.repo_id, publication.repo_type
    entries = retrying(
        lambda: list(api.list_repo_tree(repo_id, recursive=True, revision=parent, repo_type=kind)), deadline
    )
    there = {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}
    old = None
    if CARD in there:
        path = retrying(
            lambda: api.hf_hub_download(repo_id, CARD, revision=parent, repo_type=kind, cache_dir=scratch / "cards"),
            deadline,
        )
        old = Path(path).read_text(encoding="utf-8")
    unwanted = publication.leftovers(there, old)
    card = publication.own_card()
    publication.plan(card if old is None else keep_edits(card, old))
    changes = bool(unwanted) or not all(_is_there(add, there.get(add.path_in_repo)) for add in publication.added())
    publication.operations += [CommitOperationDelete(name) for name in unwanted]
    return changes


def _is_there(operation: CommitOperationAdd, entry: RepoFile | None) -> bool:
    if entry is None:
        return False
    if entry.lfs is not None:
        return bool(entry.lfs.sha256 == operation.upload_info.sha256.hex())
    with operation.as_file() as file:
        return bool(entry.blob_id == git_hash(file.read()))


def _may_repeat(publication: Publication, error: Exception) -> bool:
    status = error.response.status_code if isinstance(error, HfHubHTTPError) and error.response else None
    if publication.create_pr:
        # The Hub may have taken a request that it did not answer, and a second one would open a second pull request.
        return status in (*CONFLICT, 429)
    return status in CONFLICT or is_transient(error)


def _what_became(
    publication: Publication, api: HfApi, deadline: Deadline, error: Exception, taken: bool
) -> SentimentError:
    """The error to raise: nothing was published, or it is not known.

    `error` is that of the last attempt, and `taken` says whether the Hub may have taken a commit.
    """
    repo_id = publication.repo_id
    if publication.before is None:
        return not_published(repo_id, error)
    deadline.extend(SECONDS_TO_ASK)
    try:
        unchanged = not publication.create_pr and _head(publication, api, deadline) == publication.before
    except HUB_ERRORS:
        unchanged = False
    if unchanged or not taken:
        return not_published(repo_id, error)
    return maybe_published(repo_id, f"{api.endpoint}/{publication.page}", error)

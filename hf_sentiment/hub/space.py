"""Make or update a Docker Space that shows an adapter in the app."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from huggingface_hub import HfApi
from huggingface_hub.utils import yaml_dump  # type: ignore[attr-defined] # exported without __all__

from hf_sentiment.adapter.folder import SHIPPED, find_adapter
from hf_sentiment.adapter.request_limits import Deadline, limited_requests, retrying
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.commit import CARD, Publication, send
from hf_sentiment.hub.edits import COMMENT, REPO_PLACEHOLDER, sign
from hf_sentiment.hub.package_code import REQUIREMENTS, code_archive, package_folder, requirements
from hf_sentiment.hub.publish_error import after_commit
from hf_sentiment.hub.publisher import TIMEOUT, PublishResult, sizes
from hf_sentiment.hub.read_back import fetch_commit
from hf_sentiment.hub.repository import before_commit, check_login, check_repo_id
from hf_sentiment.version import __version__

DOCKERFILE, CODE = "Dockerfile", "hf_sentiment.zip"
# Embedded: the shipped adapter's base. Excel: what visitors upload.
EXTRAS = ("app", "embedded", "excel")
HEADER = f"# The {DOCKERFILE} installs this. hf_sentiment {__version__} itself is in {CODE}.\n"
# Of streamlit_app/Dockerfile and streamlit_app/README.md.
SHOWN, ADAPTER_PLACEHOLDER = "ENV ADAPTER=default", "USER/ADAPTER"
# What every repository of the Hub begins with; of a new Space, the card too.
HUB_FILES = {CARD, ".gitattributes"}


class SpacePublication(Publication):
    """The files of a Space."""

    repo_type: ClassVar[str] = "space"

    def leftovers(self, there: Iterable[str], card: str | None) -> list[str]:
        """What the commit deletes: nothing, since a Space of ours always has the same files.

        Raises:
            SentimentError: the Space is one of somebody's, with an app of its own.
        """
        theirs = set(there) - HUB_FILES
        if theirs and not (card and COMMENT.search(card)):
            raise SentimentError(
                f"The Space {self.repo_id} holds {min(theirs)}, which hf_sentiment did not put there: delete what is "
                "in it, or name another Space."
            )
        return []


def publish_space(
    repo_id: str,
    adapter: str = "default",
    *,
    private: bool = False,
    dry_run: bool = False,
    token: str | None = None,
    timeout: float = TIMEOUT,
) -> PublishResult:
    """Publish a Docker Space with the app for an adapter, in one commit, which is then fetched and compared.

    The Space has README.md with its metadata, a Dockerfile, requirements.txt and hf_sentiment.zip, the code of this
    package. If it holds all of that already, nothing is committed. Edits of its README.md on the Hub are kept, see
    `hf_sentiment.hub.edits`.

    Args:
        repo_id: user/name of the Space; created if missing.
        adapter: "default", "accurate" or a Hub id.
        private: create the Space as a private one.
        dry_run: only list the commit's files, without any request to the network.
        token: the one of `hf auth login` by default.
        timeout: seconds for all requests together.

    Raises:
        PublishError: the Hub did not take the commit, or what it took differs; `outcome` says what is there now.
        SentimentError: a name is wrong, there is no such adapter, there is no token, or the Space is somebody's.
    """
    check_repo_id(repo_id)
    _check_adapter_id(adapter)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "space"
        files = _write(folder, adapter, repo_id)
        publication = SpacePublication(folder, files, repo_id, f"Show {adapter} in the app of hf_sentiment")
        if dry_run:
            publication.plan(publication.own_card())
            return PublishResult(repo_id, None, None, sizes(publication))
        api = HfApi(token=token)
        with limited_requests(timeout) as deadline:
            check_login(api, repo_id, deadline)
            notes = _notes(api, adapter, token, deadline)
            with before_commit(repo_id):
                retrying(
                    lambda: api.create_repo(
                        repo_id, repo_type="space", space_sdk="docker", private=private or None, exist_ok=True
                    ),
                    deadline,
                )
                if private and not retrying(lambda: api.space_info(repo_id), deadline).private:
                    raise SentimentError(f"The Space {repo_id} is there and public: make it private in its settings.")
            commit = send(publication, api, deadline, Path(scratch))
            with after_commit(repo_id, commit.oid, "check"):
                fetch_commit(publication, commit.oid, Path(scratch) / "cache", token, deadline)
    changed = commit.oid != publication.before
    url = f"{api.endpoint}/{publication.page}"
    return PublishResult(repo_id, commit.oid, url, sizes(publication), "main", notes, changed)


def _check_adapter_id(adapter: str) -> None:
    if adapter in SHIPPED:
        return
    if os.path.isdir(os.path.expanduser(adapter)):
        raise SentimentError(
            f"A Space cannot read the folder {adapter}: run hf-sentiment publish {adapter} USER/NAME first, and give "
            "that name."
        )
    try:
        check_repo_id(adapter)
    except SentimentError:
        raise SentimentError(
            f"There can be no adapter {adapter!r} on the Hub: give default, accurate, or a Hub id such as user/adapter."
        ) from None


def _notes(api: HfApi, adapter: str, token: str | None, deadline: Deadline) -> list[str]:
    """Check that an adapter is one, and say what its Space needs besides its files."""
    find_adapter(adapter, token=token)
    if adapter in SHIPPED or not retrying(lambda: api.model_info(adapter), deadline).private:
        return []
    return [f"{adapter} is private: add a secret HF_TOKEN, which may read it, to the Space."]


def _write(folder: Path, adapter: str, repo_id: str) -> list[Path]:
    """Write the files of a Space into a new folder, and return their names."""
    app = package_folder("hf_sentiment.streamlit_app")
    # The adapter's name has no character that means anything in a Dockerfile.
    dockerfile = (app / DOCKERFILE).read_text(encoding="utf-8").replace(SHOWN, f"ENV ADAPTER={adapter}")
    # An adapter of the Space's own name would be taken for the Space's when edits are looked for.
    named = REPO_PLACEHOLDER if adapter == repo_id else adapter
    body = (app / CARD).read_text(encoding="utf-8").replace(ADAPTER_PLACEHOLDER, named)
    card = sign(f"---\n{yaml_dump(_metadata(adapter, named), sort_keys=False)}---\n\n{body}")
    files = {
        CARD: card.encode(),
        DOCKERFILE: dockerfile.encode(),
        REQUIREMENTS: (HEADER + "\n".join(requirements(EXTRAS)) + "\n").encode(),
        CODE: code_archive(data=True),
    }
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [Path(name) for name in files]


def _metadata(adapter: str, named: str) -> dict[str, object]:
    """The Space's metadata, in which the adapter is `named`: https://huggingface.co/docs/hub/spaces-config-reference."""
    shipped = SHIPPED.get(adapter)
    return {
        "title": "hf_sentiment" if shipped else adapter.rpartition("/")[2],
        "emoji": "💬",
        "colorFrom": "blue",
        "colorTo": "green",
        "sdk": "docker",
        "app_port": 8501,
        "models": [SentimentConfig.load(shipped).base["id"] if shipped else named],
        "license": "mit",
        "short_description": "Classify reviews with LoRA sentiment adapters",
    }

"""The test Hub's HTTP layer: decoded requests, errors, the registry of handlers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub_storage import Repo
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from hub_server import HubServer

API = "/api/{kind:kind}/{namespace}/{name}"
PAGE = "/{kind:page_kind}{namespace}/{name}"
HANDLERS: list[tuple[str, str, Callable[[Call], Any]]] = []


class _Kind(Convertor):
    regex = "models|datasets|spaces"
    convert = to_string = staticmethod(str)


class _PageKind(_Kind):
    # Models have no prefix in page URLs: /user/model, but /datasets/user/data.
    regex = "(?:(?:datasets|spaces)/)?"


register_url_convertor("kind", _Kind())
register_url_convertor("page_kind", _PageKind())


class HubError(Exception):
    """An error response. `code` is the X-Error-Code that tells the client which exception to raise."""

    def __init__(self, status: int, message: str, code: str | None = None, **headers: str):
        super().__init__(message)
        # A header is one line of latin-1, and a message may quote any path or YAML.
        line = " ".join(message.split()).encode("ascii", "replace").decode()
        self.headers = {"X-Error-Message": line} | headers
        self.status = status
        if code:
            self.headers["X-Error-Code"] = code

    def response(self) -> Response:
        return JSONResponse({"error": str(self)}, self.status, headers=self.headers)


@dataclass
class Call:
    """One request, decoded: who asks, for which repo and revision, with what."""

    hub: HubServer
    user: str | None
    params: dict[str, str]
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    def asks(self, flag: str) -> bool:
        return self.query.get(flag, ["0"])[0].lower() in ("1", "true")

    def writer(self) -> str:
        """The user; an error for anonymous requests."""
        if self.user is None:
            # On https the client treats such a 401 as a missing repo; on plain http it needs the code for that.
            code = "RepoNotFound" if "name" in self.params else None
            raise HubError(401, "Invalid username or password.", code)
        return self.user

    def repo(self) -> Repo:
        """The repo of the path; one that the user may not see does not exist."""
        kind = self.params["kind"].rstrip("/") or "models"
        repo_id = f"{self.params['namespace']}/{self.params['name']}"
        return self.visible(self.hub.store.get(repo_id, kind.removesuffix("s")))

    def visible(self, repo: Repo | None) -> Repo:
        if repo is None or (repo.private and self.user != repo.namespace):
            raise HubError(404 if self.user else 401, "Repository not found", "RepoNotFound")
        return repo

    def owned_repo(self) -> Repo:
        repo = self.repo()
        self.must_own(repo.namespace)
        return repo

    def must_own(self, namespace: str) -> None:
        user = self.writer()
        if user != namespace:
            raise HubError(403, f"You don't have the rights to write to the namespace {namespace!r}")

    def commit(self, repo: Repo) -> str:
        """The commit that the path's revision names."""
        return resolve(repo, self.params.get("revision", "main"))


def resolve(repo: Repo, revision: str) -> str:
    commit = repo.resolve(revision)
    if commit is None:
        raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return commit


def entry_not_found(path: str, commit: str) -> HubError:
    # Given the commit, the client remembers that the file is absent, which saves transformers many requests.
    return HubError(404, f"Entry not found: {path}", "EntryNotFound", **{"X-Repo-Commit": commit})


def handles(method: str, path: str) -> Callable:
    """Register a function that answers `method path` with a Response or with data to send as JSON."""

    def register(handler: Callable[[Call], Any]) -> Callable[[Call], Any]:
        HANDLERS.append((method, path, handler))
        return handler

    return register

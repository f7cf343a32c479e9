"""The test Hub's endpoints for repos: users, settings, info, refs, history, discussions."""

from __future__ import annotations

import json
import time
from typing import Any

from hub_cards import SDKS
from hub_http import API, Call, HubError, handles, resolve
from hub_storage import Discussion, Entry, GitError, Repo, hub_date
from starlette.responses import JSONResponse

REFERENCE = "https://huggingface.co/docs/hub/spaces-config-reference"

# --- users and repos


@handles("GET", "/api/whoami-v2")
def whoami(call: Call) -> dict:
    token = {"displayName": "test", "role": "write"}
    return {"type": "user", "name": call.writer(), "orgs": [], "auth": {"accessToken": token}}


@handles("POST", "/api/repos/create")
def create_repo(call: Call) -> Any:
    spec = call.json()
    namespace = spec.get("organization") or call.writer()
    call.must_own(namespace)
    repo_id, repo_type = f"{namespace}/{spec['name']}", spec.get("type") or "model"
    if repo_type == "space" and spec.get("sdk") not in SDKS:
        raise HubError(400, f'"sdk" must be one of {", ".join(SDKS)}')
    url = call.hub.page_url(repo_id, repo_type)
    with call.hub.store.lock:
        if call.hub.store.get(repo_id, repo_type):
            message = f"You already created this {repo_type} repo: {repo_id}"
            return JSONResponse({"error": message, "url": url}, 409)
        repo = call.hub.store.create(repo_id, repo_type, private=spec.get("visibility") == "private")
        if repo_type == "space":
            start_space(repo, spec["sdk"])
    return {"url": url, "name": repo_id}


def start_space(repo: Repo, sdk: str) -> None:
    """Give a new Space its README, without whose metadata it would have no SDK."""
    metadata = {"title": repo.id.split("/")[1], "emoji": "🚀", "colorFrom": "red", "colorTo": "blue", "sdk": sdk}
    lines = [f"{name}: {value}" for name, value in (metadata | {"pinned": "false"}).items()]
    text = "\n".join(["---", *lines, "---", "", f"Check out the configuration reference at {REFERENCE}", ""])
    repo.commit({"README.md": text.encode()}, "initial commit", "system", parent=resolve(repo, "main"))


@handles("DELETE", "/api/repos/delete")
def delete_repo(call: Call) -> dict:
    spec = call.json()
    namespace = spec.get("organization") or call.writer()
    with call.hub.store.lock:
        repo = call.visible(call.hub.store.get(f"{namespace}/{spec['name']}", spec.get("type") or "model"))
        call.must_own(namespace)
        call.hub.store.delete(repo)
    return {}


@handles("PUT", API + "/settings")
def change_settings(call: Call) -> dict:
    repo, settings = call.owned_repo(), call.json()
    repo.gated = settings.get("gated", repo.gated)
    if "visibility" in settings:
        repo.private = settings["visibility"] == "private"
    return {"gated": repo.gated, "private": repo.private}


@handles("GET", API)
@handles("GET", API + "/revision/{revision}")
def repo_info(call: Call) -> dict:
    repo = call.repo()
    commit = call.commit(repo)
    card = repo.card_data(commit)
    files = [entry for entry in repo.tree(commit).values() if not entry.is_folder]
    info = {
        "id": repo.id,
        "author": repo.namespace,
        "sha": commit,
        "createdAt": repo.created_at,
        "lastModified": repo.log(commit)[0].date,
        "private": repo.private,
        "gated": repo.gated,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": card_tags(card),
        "cardData": card,
        "siblings": [sibling(entry, blobs=call.asks("blobs")) for entry in files],
    }
    if repo.type == "model":
        info |= {key: card[key] for key in ("library_name", "pipeline_tag") if key in card}
    if repo.type == "space":
        info |= {key: card[key] for key in ("sdk", "models") if key in card}
    expand = call.query.get("expand")
    return {key: info[key] for key in info if key in [*expand, "id"]} if expand else info


def sibling(entry: Entry, blobs: bool) -> dict:
    if not blobs:
        return {"rfilename": entry.path}
    found = {"rfilename": entry.path, "size": entry.size, "blobId": entry.oid}
    if entry.sha256:
        # The same facts as in a tree listing, where the hash is called oid instead of sha256.
        found["lfs"] = {"sha256": entry.sha256, "size": entry.size, "pointerSize": entry.pointer_size}
    return found


def card_tags(card: dict[str, Any]) -> list[str]:
    """The tags that the Hub gives a card: its own, and one for each thing that it names."""
    tags = [card[key] for key in ("library_name", "pipeline_tag") if key in card]
    for name in ("tags", "language", "datasets", "base_model", "license"):
        prefix = {"datasets": "dataset:", "base_model": "base_model:", "license": "license:"}.get(name, "")
        values = card.get(name) or []
        tags += [f"{prefix}{value}" for value in (values if isinstance(values, list) else [values])]
    return list(dict.fromkeys(tags))


# --- refs and history


@handles("GET", API + "/refs")
def list_refs(call: Call) -> dict:
    found: dict[str, list] = {"branches": [], "tags": [], "converts": []}
    sections = {"refs/heads/": "branches", "refs/tags/": "tags"}
    if call.asks("include_prs"):
        found["pullRequests"], sections["refs/pr/"] = [], "pullRequests"
    for ref, commit in call.repo().refs().items():
        for prefix, section in sections.items():
            if ref.startswith(prefix):
                name = ref.removeprefix(prefix)
                found[section].append({"name": name, "ref": ref, "targetCommit": commit})
    return found


@handles("GET", API + "/commits/{revision}")
def list_commits(call: Call) -> list[dict]:
    repo = call.repo()
    fields = ("id", "date", "title", "message")
    return [
        {name: getattr(commit, name) for name in fields} | {"authors": [{"user": commit.author}]}
        for commit in repo.log(call.commit(repo))
    ]


@handles("POST", API + "/tag/{revision}")
def create_tag(call: Call) -> dict:
    spec = call.json()
    return make_ref(call, f"refs/tags/{spec['tag']}", call.params["revision"], spec.get("message"))


@handles("POST", API + "/branch/{branch}")
def create_branch(call: Call) -> dict:
    spec = json.loads(call.body or b"{}")
    return make_ref(call, f"refs/heads/{call.params['branch']}", spec.get("startingPoint") or "main")


def make_ref(call: Call, ref: str, revision: str, message: str | None = None) -> dict:
    repo = call.owned_repo()
    with repo.lock:
        if ref in repo.refs():
            raise HubError(409, f"Reference already exists: {ref}")
        repo.set_ref(ref, resolve(repo, revision), message, call.writer())
    return {}


@handles("DELETE", API + "/tag/{tag}")
@handles("DELETE", API + "/branch/{branch}")
def delete_ref(call: Call) -> dict:
    repo = call.owned_repo()
    tag = call.params.get("tag")
    ref = f"refs/tags/{tag}" if tag else f"refs/heads/{call.params['branch']}"
    with repo.lock:
        if ref == "refs/heads/main":
            raise HubError(403, "The main branch cannot be deleted")
        if ref not in repo.refs():
            raise HubError(404, f"Invalid rev id: {ref}", "RevisionNotFound")
        repo.delete_ref(ref)
    return {}


# --- discussions and pull requests


def find_discussion(call: Call, repo: Repo) -> Discussion:
    num = int(call.params["num"])
    if not 1 <= num <= len(repo.discussions):
        raise HubError(404, f"No discussion {num}")
    return repo.discussions[num - 1]


@handles("POST", API + "/discussions")
def open_discussion(call: Call) -> dict:
    repo, spec, user = call.repo(), call.json(), call.writer()
    with repo.lock:
        base = resolve(repo, "main") if spec.get("pullRequest") else None
        found = repo.open_discussion(spec["title"], user, base)
        found.status = "draft" if base else "open"
    return {"num": found.num, "pullRequest": base is not None}


@handles("GET", API + "/discussions/{num:int}")
def show_discussion(call: Call) -> dict:
    repo = call.repo()
    found = find_discussion(call, repo)
    return {
        "num": found.num,
        "title": found.title,
        "status": found.status,
        "author": {"name": found.author},
        "createdAt": found.created_at,
        "repo": {"name": repo.id, "type": repo.type},
        "isPullRequest": found.base is not None,
        "events": [],
        "changes": {"base": "refs/heads/main"},
        "filesWithConflicts": [],
    }


@handles("POST", API + "/discussions/{num:int}/merge")
def merge_pull_request(call: Call) -> dict:
    repo = call.owned_repo()
    pull, user = find_discussion(call, repo), call.writer()
    with repo.lock:
        if pull.base is None or pull.status == "merged":
            raise HubError(400, f"Discussion {pull.num} is no open pull request")
        try:
            repo.merge(pull, user)
        except GitError as error:
            raise HubError(409, f"Pull request {pull.num} conflicts with main") from error
    event = {"id": f"merge-{pull.num}", "type": "status-change", "createdAt": hub_date(time.time())}
    return {"newStatus": event | {"author": {"name": user}, "data": {"status": "merged"}}}

"""The test Hub's endpoints for files: listings, downloads, uploads, large files, commits."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import parse_qs

from hub_cards import front_matter, readme_errors
from hub_http import API, PAGE, Call, HubError, entry_not_found, handles, resolve
from hub_storage import Entry, Repo, belongs_in_lfs
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

STORAGE = "/storage/{kind:kind}/{namespace}/{name}/{sha256}"


# --- reading


@handles("GET", API + "/tree/{revision}")
@handles("GET", API + "/tree/{revision}/{path:path}")
def list_tree(call: Call) -> list[dict]:
    repo = call.repo()
    commit = call.commit(repo)
    tree, folder = repo.tree(commit), call.params.get("path", "").strip("/")
    if folder and not (folder in tree and tree[folder].is_folder):
        raise entry_not_found(folder, commit)
    prefix = f"{folder}/" if folder else ""
    below = [entry for path, entry in tree.items() if path.startswith(prefix)]
    recursive = call.asks("recursive")
    return [tree_item(entry) for entry in below if recursive or "/" not in entry.path[len(prefix) :]]


@handles("POST", API + "/paths-info/{revision}")
def paths_info(call: Call) -> list[dict]:
    repo = call.repo()
    tree = repo.tree(call.commit(repo))
    wanted = parse_qs(call.body.decode()).get("paths", [])
    return [tree_item(tree[path]) for path in wanted if path in tree]


def tree_item(entry: Entry) -> dict:
    item = {"type": "directory" if entry.is_folder else "file", "path": entry.path, "oid": entry.oid}
    item["size"] = entry.size
    if entry.sha256:
        item["lfs"] = {"oid": entry.sha256, "size": entry.size, "pointerSize": entry.pointer_size}
    return item


@handles("GET", PAGE + "/resolve/{revision}/{path:path}")
def resolve_file(call: Call) -> Response:
    repo = call.repo()
    commit = call.commit(repo)
    if repo.gated and call.user != repo.namespace:
        raise HubError(403 if call.user else 401, "Access to this repo is restricted.", "GatedRepo")
    entry = repo.tree(commit).get(call.params["path"])
    if entry is None or entry.is_folder:
        raise entry_not_found(call.params["path"], commit)
    headers = {"X-Repo-Commit": commit, "ETag": f'"{entry.oid}"'}
    if entry.sha256 is None:
        return Response(repo.read(entry), headers=headers, media_type="application/octet-stream")
    headers |= {"X-Linked-Size": str(entry.size), "X-Linked-ETag": f'"{entry.sha256}"'}
    return RedirectResponse(call.hub.storage_url(repo, entry.sha256), 302, headers)


# --- before a commit


@handles("POST", "/api/validate-yaml")
def validate_yaml(call: Call) -> JSONResponse:
    content = call.json()["content"]
    errors = [{"message": message} for message in readme_errors(content, call.json().get("repoType", "model"))]
    empty = not errors and not front_matter(content)
    warnings = [{"message": "empty or missing yaml metadata in repo card"}] if empty else []
    return JSONResponse({"errors": errors, "warnings": warnings}, 400 if errors else 200)


@handles("POST", API + "/preupload/{revision}")
def preupload(call: Call) -> dict:
    repo = call.repo()
    call.writer()
    if not call.asks("create_pr"):
        # Refused at this point, as on the Hub, before large files are sent for a commit that will fail.
        writable_ref(call, repo)
    tree = repo.tree(call.commit(repo))
    return {"files": [upload_plan(file, tree.get(file["path"])) for file in call.json()["files"]]}


def upload_plan(file: dict, stored: Entry | None) -> dict:
    lfs = belongs_in_lfs(file["path"], file["size"])
    plan = {"path": file["path"], "uploadMode": "lfs" if lfs else "regular", "shouldIgnore": False}
    # A hash of the other kind could never match, so do not send one.
    if stored and not stored.is_folder and lfs == (stored.sha256 is not None):
        plan["oid"] = stored.sha256 or stored.oid
    return plan


# --- large files


@handles("POST", PAGE + ".git/info/lfs/objects/batch")
def lfs_batch(call: Call) -> dict:
    repo, spec = call.repo(), call.json()
    call.writer()
    if spec["operation"] != "upload":
        raise HubError(400, "Only uploads are offered; files are downloaded from /resolve/")
    verify = f"{call.hub.page_url(repo.id, repo.type)}.git/info/lfs/objects/verify"
    objects = []
    for wanted in spec["objects"]:
        answer = {"oid": wanted["oid"], "size": wanted["size"]}
        # No actions means that the Hub already has the bytes.
        if not repo.lfs_path(wanted["oid"]).exists():
            upload = {"href": call.hub.storage_url(repo, wanted["oid"])}
            answer["actions"] = {"upload": upload, "verify": {"href": verify}}
        objects.append(answer)
    return {"transfer": "basic", "objects": objects}


@handles("POST", PAGE + ".git/info/lfs/objects/verify")
def lfs_verify(call: Call) -> dict:
    repo, wanted = call.repo(), call.json()
    path = repo.lfs_path(wanted["oid"])
    if not path.exists() or path.stat().st_size != wanted["size"]:
        raise HubError(404, f"LFS object {wanted['oid']} is not stored with that size")
    return {}


def storage_of(call: Call) -> Repo:
    # As with the real Hub's signed storage URLs, sending a token here is a mistake of the client: refuse it.
    if "authorization" in call.headers:
        raise HubError(400, "The storage takes no Authorization header: the token left the Hub")
    repo_id = f"{call.params['namespace']}/{call.params['name']}"
    repo = call.hub.store.get(repo_id, call.params["kind"].removesuffix("s"))
    if repo is None:
        raise HubError(404, "No such storage")
    return repo


@handles("PUT", STORAGE)
def store_object(call: Call) -> dict:
    repo, sha256 = storage_of(call), call.params["sha256"]
    if hashlib.sha256(call.body).hexdigest() != sha256:
        raise HubError(400, f"The body is not the object {sha256}")
    repo.store_lfs(call.body)
    return {}


@handles("GET", STORAGE)
def load_object(call: Call) -> Response:
    path = storage_of(call).lfs_path(call.params["sha256"])
    if not path.exists():
        raise HubError(404, "No such object")
    return FileResponse(path, media_type="application/octet-stream", headers={"ETag": f'"{path.name}"'})


# --- commits


@handles("POST", API + "/commit/{revision}")
def commit(call: Call) -> dict:
    repo, user = call.repo(), call.writer()
    header, *operations = (json.loads(line) for line in call.body.splitlines() if line)
    title, parent_wanted = header["value"]["summary"], header["value"].get("parentCommit")
    with repo.lock:
        parent, pull = call.commit(repo), None
        if call.asks("create_pr"):
            parent = resolve(repo, parent_wanted) if parent_wanted else parent
        else:
            ref = writable_ref(call, repo)
            if parent_wanted not in (None, parent):
                raise HubError(412, "A commit has happened since. Please refresh and try again.")
        changes = read_changes(repo, parent, operations)
        if call.asks("create_pr"):
            pull = repo.open_discussion(title, user, base=parent)
            ref = pull.ref
        message = f"{title}\n\n{header['value'].get('description', '')}".strip()
        oid = repo.commit(changes, message, user, ref, parent)
    page = call.hub.page_url(repo.id, repo.type)
    answer = {"success": True, "commitOid": oid, "commitUrl": f"{page}/commit/{oid}"}
    return answer | ({"pullRequestUrl": f"{page}/discussions/{pull.num}"} if pull else {})


def writable_ref(call: Call, repo: Repo) -> str:
    """The branch to commit to: its owner's, or a pull request's, where its author may write too."""
    revision, refs = call.params["revision"], repo.refs()
    pull = next((pull for pull in repo.discussions if pull.base and pull.ref == revision), None)
    if pull is None or pull.author != call.user:
        call.must_own(repo.namespace)
    ref = pull.ref if pull else f"refs/heads/{revision.removeprefix('refs/heads/')}"
    if ref not in refs:
        raise HubError(404, f"Not a branch: {revision}", "RevisionNotFound")
    return ref


def read_changes(repo: Repo, parent: str, operations: list[dict]) -> dict[str, bytes | None]:
    """The operations of a commit as path to git content, None for deletions; the last one on a path wins."""
    changes: dict[str, bytes | None] = {}
    for operation in operations:
        key, value = operation["key"], operation["value"]
        path = value["path"].strip("/")
        if any(part in ("", ".", "..", ".git") for part in path.split("/")):
            raise HubError(400, f"Invalid path: {value['path']}")
        if key == "file":
            changes[path] = base64.b64decode(value["content"])
        elif key == "lfsFile":
            if not repo.lfs_path(value["oid"]).exists():
                raise HubError(400, f"The LFS object of {path} was not uploaded: {value['oid']}")
            changes[path] = repo.pointer(value["oid"])
        elif key in ("deletedFile", "deletedFolder"):
            changes |= dict.fromkeys(deleted_paths(repo, parent, path, folder=key == "deletedFolder"))
        else:
            raise HubError(400, f"Unknown operation: {key}")
    if (readme := changes.get("README.md")) and (errors := readme_errors(readme.decode(errors="replace"), repo.type)):
        raise HubError(400, f"Invalid metadata in README.md: {'; '.join(errors)}")
    return changes


def deleted_paths(repo: Repo, parent: str, path: str, folder: bool) -> list[str]:
    files = [name for name, entry in repo.tree(parent).items() if not entry.is_folder]
    found = [name for name in files if (name.startswith(f"{path}/") if folder else name == path)]
    if not found:
        raise entry_not_found(path, parent)
    return found

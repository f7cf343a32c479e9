"""A small Hugging Face Hub on loopback: real HTTP, real git, real LFS, so that publishing is not mocked.

It implements what huggingface_hub 2.4.0 requests with Xet switched off (HF_HUB_DISABLE_XET=1).
"""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote

# Imported so that their handlers register.
import hub_files  # noqa: F401
import hub_jobs  # noqa: F401
import hub_repos  # noqa: F401
import uvicorn
from hub_faults import Faults
from hub_http import HANDLERS, Call, HubError, resolve
from hub_storage import Commit, Repo, Store, belongs_in_lfs
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class _Server(uvicorn.Server):
    """uvicorn with an event for when it is ready, so that no test has to poll."""

    def __init__(self, config: uvicorn.Config):
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class HubServer:
    """The Hub in a thread of this process: `with HubServer() as hub: HfApi(hub.url, token="hf_test")`.

    Attributes:
        url: the endpoint, known before the server starts.
        tokens: the user of each token; only these may write, each to the namespace of that name.
        requests: the requests so far, as "METHOD /raw/path".
        faults: what to do instead of answering as it should.
        jobs: the jobs that were submitted, secrets included, newest last; none of them runs.
    """

    def __init__(self, tokens: dict[str, str] | None = None):
        self.tokens = tokens or {"hf_test": "user"}
        self.requests: list[str] = []
        self.faults = Faults()
        self.jobs: list[dict[str, Any]] = []
        self._folder = tempfile.TemporaryDirectory(prefix="test-hub-")
        self.store = Store(Path(self._folder.name))
        self._socket = socket.create_server(("127.0.0.1", 0))
        # Without it each answer waits 40 ms for an acknowledgement; asyncio sets it only on its own sockets.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        routes = [Route(path, self._endpoint(call), methods=[method]) for method, path, call in HANDLERS]
        errors = {
            HubError: lambda request, error: error.response(),
            HTTPException: lambda request, error: JSONResponse({"error": error.detail}, error.status_code),
        }
        self._app = Starlette(routes=routes, exception_handlers=errors)
        config = uvicorn.Config(
            self._gate,
            log_level="error",
            lifespan="off",
            # The client closes an idle connection after 5 s. With the same timeout on the server, which is uvicorn's
            # default, a busy machine would sometimes send a request to a connection that is being closed.
            timeout_keep_alive=60,
            # Idle connections of the client must not hold up the end of the test session.
            timeout_graceful_shutdown=2,
            ws="none",
            interface="asgi3",
        )
        self._server = _Server(config)
        run = partial(self._server.run, sockets=[self._socket])
        self._thread = threading.Thread(target=run, name="test-hub", daemon=True)

    def start(self) -> HubServer:
        self._thread.start()
        self._server.ready.wait()
        return self

    def stop(self) -> None:
        """Stop the thread and delete what the Hub stored; a second call does nothing."""
        if self._thread.is_alive():
            self._server.should_exit = True
            self._thread.join()
        self._socket.close()
        self._folder.cleanup()

    def __enter__(self) -> HubServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def page_url(self, repo_id: str, repo_type: str = "model") -> str:
        return f"{self.url}/{'' if repo_type == 'model' else repo_type + 's/'}{repo_id}"

    def storage_url(self, repo: Repo, sha256: str) -> str:
        # A different origin from the endpoint's, as on the real Hub: the client must not send its token.
        return f"http://localhost:{self._port}/storage/{repo.type}s/{quote(repo.id)}/{sha256}"

    def add_commit(
        self,
        repo_id: str,
        files: dict[str, bytes],
        revision: str = "main",
        message: str = "Add files",
        repo_type: str = "model",
    ) -> str:
        """Commit `files` to a branch without HTTP, creating repo and branch if missing; return the commit's hash."""
        with self.store.lock:
            repo = self.store.get(repo_id, repo_type) or self.store.create(repo_id, repo_type)
        ref = f"refs/heads/{revision}"
        with repo.lock:
            if ref not in repo.refs():
                repo.set_ref(ref, resolve(repo, "main"))
            changes = {
                path: repo.pointer(repo.store_lfs(data)) if belongs_in_lfs(path, len(data)) else data
                for path, data in files.items()
            }
            return repo.commit(changes, message, repo.namespace, ref, repo.refs()[ref])

    def repo_files(self, repo_id: str, revision: str = "main", repo_type: str = "model") -> dict[str, bytes]:
        """Every file of a revision with its content, large ones included. KeyError without such a repo."""
        repo = self._known(repo_id, repo_type)
        tree = repo.tree(resolve(repo, revision)).values()
        return {entry.path: repo.read(entry) for entry in tree if not entry.is_folder}

    def commits(self, repo_id: str, revision: str = "main", repo_type: str = "model") -> list[Commit]:
        """The commits of a revision, newest first; the last is the Hub's own "initial commit"."""
        repo = self._known(repo_id, repo_type)
        return repo.log(resolve(repo, revision))

    def _known(self, repo_id: str, repo_type: str) -> Repo:
        repo = self.store.get(repo_id, repo_type)
        if repo is None:
            raise KeyError(f"The test Hub has no {repo_type} {repo_id!r}.")
        return repo

    async def _gate(self, scope: dict, receive: Callable, send: Callable) -> None:
        path = scope["raw_path"].decode("ascii")
        self.requests.append(f"{scope['method']} {path}")
        fault = self.faults.strike(scope["method"], path)
        if fault is None:
            await self._routed(scope, receive, send)
        else:
            await fault(self._routed, scope, receive, send)

    async def _routed(self, scope: dict, receive: Callable, send: Callable) -> None:
        # Route on the raw path: decoded, the revision refs%2Fpr%2F1 would be three path segments.
        await self._app(scope | {"path": scope["raw_path"].decode("ascii")}, receive, send)

    def _endpoint(self, handler: Callable[[Call], Any]) -> Callable:
        async def answer(request: Request) -> Response:
            params = {name: unquote(str(value)) for name, value in request.path_params.items()}
            query, headers = parse_qs(request.url.query), dict(request.headers)
            call = Call(self, None, params, query, headers, await request.body())
            call.user = self._user(headers.get("authorization"))
            # git and the disk block; in the thread pool they do not block other requests.
            result = await run_in_threadpool(handler, call)
            return result if isinstance(result, Response) else JSONResponse(result)

        return answer

    def _user(self, authorization: str | None) -> str | None:
        if authorization is None:
            return None
        token = authorization.removeprefix("Bearer ")
        if token not in self.tokens:
            raise HubError(401, "Invalid credentials in Authorization header")
        return self.tokens[token]

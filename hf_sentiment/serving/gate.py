"""The gate that each request passes: host, key, sizes and times, before any code that reads the request."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from hf_sentiment.serving.keys import Keys
from hf_sentiment.serving.logs import place_of
from hf_sentiment.serving.refusals import RefusedError, too_large
from hf_sentiment.serving.service import Service

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

log = logging.getLogger("hf_sentiment.serving.requests")
# Load balancers ask these without a key.
OPEN = ("/health", "/ready", "/ping", "/v2/health/live", "/v2/health/ready")
ADMIN_PREFIX, CHANGING = "/adapters/", ("PUT", "DELETE")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
NO_SUCH_ROUTE = "none"


class Gate:
    """Lets through what may be answered, counts and logs it. It is an ASGI application around another one.

    Args:
        app: reads the request and answers it.
        service: the server.
        keys: the keys of clients; None if none is asked for.
        host_names: the names under which clients may ask; None for any.
        open_paths: further ones that need no key.
    """

    def __init__(
        self,
        app: App,
        service: Service,
        keys: Keys | None,
        host_names: Iterable[str] | None,
        open_paths: Iterable[str] = (),
    ) -> None:
        self.app, self.service, self.keys = app, service, keys
        self.host_names = None if host_names is None else {name.lower() for name in host_names}
        self.open_paths = {*OPEN, *open_paths}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        started, answer = time.monotonic(), _Answer(send)
        try:
            self._check(scope)
            body = await self._body(scope, receive)
            await self._with_client(self.app(scope, _replay(body, receive), answer.send), receive)
        except RefusedError as error:
            await answer.refuse(error)
        except asyncio.CancelledError:
            # The server stops, and this request was not answered in time.
            raise
        except _Gone:
            answer.status = answer.status or 499
        except Exception as error:  # noqa: BLE001 - no error leaves the server
            log.error("a request failed: %s", place_of(error))
            await answer.refuse(RefusedError("The server has a fault, which its log describes.", 500, "backend"))
        self._count(scope, answer.status, time.monotonic() - started)

    def _check(self, scope: MutableMapping[str, Any]) -> None:
        """Refuse what can be refused before the body is read."""
        headers = dict(scope["headers"])
        path, method = scope["path"], scope["method"]
        if self.host_names is not None and _host(headers.get(b"host", b"")) not in self.host_names:
            raise RefusedError("The server is not known under this host name: see --host-name.", 421)
        if path in self.open_paths:
            return
        admin = path.startswith(ADMIN_PREFIX) and method in CHANGING
        if self.keys is not None:
            given = headers.get(b"authorization", b"").decode("latin-1")
            if not self.keys.allow(given):
                raise RefusedError("The request has no valid key: send Authorization: Bearer KEY.", 401, "unauthorized")
            if admin and not self.keys.allow(given, admin=True):
                raise RefusedError("This takes the key of an administrator.", 403, "unauthorized")
        elif admin:
            raise RefusedError("This takes the key of an administrator: see --api-key-file.", 403, "unauthorized")
        if method == "POST":
            # A full queue costs its clients, and this server, as little as possible.
            self.service.engine.queue.check_room()
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.service.settings.payload_limit:
            raise self._too_large()
        media = headers.get(b"content-type", b"application/json").split(b";")[0].strip().lower()
        if method in ("POST", "PUT") and media != b"application/json" and not media.endswith(b"+json"):
            raise RefusedError("The request is not application/json.", 415)

    async def _body(self, scope: MutableMapping[str, Any], receive: Receive) -> bytes:
        if scope["method"] in ("GET", "HEAD"):
            return b""
        body = bytearray()
        try:
            async with asyncio.timeout(self.service.settings.client_timeout):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    body += message.get("body", b"")
                    if len(body) > self.service.settings.payload_limit:
                        raise self._too_large()
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise RefusedError("The request did not arrive in time.", 408) from None

    def _too_large(self) -> RefusedError:
        return too_large(f"The request is larger than {self.service.settings.payload_limit} bytes.")

    @staticmethod
    async def _with_client(answering: Awaitable[None], receive: Receive) -> None:
        """Answer as long as the client is there."""
        answered = asyncio.ensure_future(answering)
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait((answered, gone), return_when=asyncio.FIRST_COMPLETED)
            if answered.done():
                return answered.result()
            answered.cancel()
            raise _Gone
        finally:
            for task in (answered, gone):
                task.cancel()
            await asyncio.gather(answered, gone, return_exceptions=True)

    def _count(self, scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_SUCH_ROUTE)
        metrics = self.service.metrics
        metrics.requests.labels(route, str(status)).inc()
        metrics.seconds.labels(route).observe(seconds)
        if log.isEnabledFor(logging.INFO):
            fields = {"method": scope["method"], "route": route, "status": status, "ms": round(1000 * seconds, 1)}
            log.info("request", extra={"fields": fields})


class _Gone(Exception):
    """The client has closed the connection."""


class _Answer:
    """Sends the answer of one request.

    Attributes:
        status: that was sent; 0 for none.
    """

    def __init__(self, send: Send) -> None:
        self._send, self.status = send, 0

    async def send(self, message: Message) -> None:
        """Pass on a message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def refuse(self, error: RefusedError) -> None:
        """Answer with an error, if nothing was sent yet."""
        if self.status:
            return
        body = json.dumps(error.body).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **error.headers}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": int(error.status), "headers": raw})
        await self.send({"type": "http.response.body", "body": body})


def _replay(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, as an application receives it."""
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _host(header: bytes) -> str:
    """The name in a Host header, without the port."""
    name = header.decode("latin-1").strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]

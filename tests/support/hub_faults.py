"""Faults of the test Hub: what it does instead of answering as it should."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

App = Callable[[dict, Callable, Callable], Awaitable[None]]
# No test waits longer for an answer that never comes.
LONGEST_HANG = 60


@dataclass
class _Fault:
    method: str
    path: re.Pattern
    act: Callable[[App, dict, Callable, Callable], Awaitable[None]]
    times: int
    after: int


@dataclass
class Faults:
    """Faults to commit, in the order in which they were planned.

    Each method takes a request's method and a regular expression, which is searched in the raw path, without the query,
    in which `refs/pr/1` is `refs%2Fpr%2F1`. The first `after` matching requests pass, the next `times` do not.

    Attributes:
        struck: how many faults were committed since the last `clear`.
    """

    struck: int = 0
    _planned: list[_Fault] = field(default_factory=list)

    def fail(
        self, method: str, path: str, status: int, times: int = 1, after: int = 0, headers: dict | None = None
    ) -> None:
        """Answer with a status."""
        response = JSONResponse({"error": "A fault of the test Hub"}, status, headers=headers)

        async def act(app: App, scope: dict, receive: Callable, send: Callable) -> None:
            # Read to the end first: a client that is still sending would see a broken pipe, not this answer.
            await Request(scope, receive).body()
            await response(scope, receive, send)

        self._plan(method, path, act, times, after)

    def fail_afterwards(self, method: str, path: str, status: int, times: int = 1, after: int = 0) -> None:
        """Do what is asked, and answer with a status that says that it failed."""
        response = JSONResponse({"error": "A fault of the test Hub, after the work"}, status)

        async def act(app: App, scope: dict, receive: Callable, send: Callable) -> None:
            async def keep(message: Any) -> None:
                pass

            await app(scope, receive, keep)
            await response(scope, receive, send)

        self._plan(method, path, act, times, after)

    def hang(self, method: str, path: str, times: int = 1, after: int = 0, work: bool = False) -> None:
        """Never answer, with `work` after doing what is asked; the client has to give up."""

        async def act(app: App, scope: dict, receive: Callable, send: Callable) -> None:
            async def keep(message: Any) -> None:
                pass

            async def gone() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass

            if work:
                await app(scope, receive, keep)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(gone(), LONGEST_HANG)

        self._plan(method, path, act, times, after)

    def cut(self, method: str, path: str, times: int = 1, after: int = 0) -> None:
        """Close the connection in the middle of the answer."""

        async def act(app: App, scope: dict, receive: Callable, send: Callable) -> None:
            async def half(message: Any) -> None:
                if message["type"] == "http.response.body":
                    body = message.get("body", b"")
                    await send(message | {"body": body[: len(body) // 2], "more_body": True})
                    raise _Cut
                await send(message)

            with contextlib.suppress(_Cut):
                await app(scope, receive, half)

        self._plan(method, path, act, times, after)

    def corrupt(self, method: str, path: str, times: int = 1, after: int = 0) -> None:
        """Answer with as many bytes, and others."""

        async def act(app: App, scope: dict, receive: Callable, send: Callable) -> None:
            async def other(message: Any) -> None:
                if message["type"] == "http.response.body":
                    message = message | {"body": bytes(byte ^ 1 for byte in message.get("body", b""))}
                await send(message)

            await app(scope, receive, other)

        self._plan(method, path, act, times, after)

    def clear(self) -> None:
        self._planned.clear()
        self.struck = 0

    def strike(self, method: str, path: str) -> Callable[[App, dict, Callable, Callable], Awaitable[None]] | None:
        """The fault to commit at this request, if any."""
        for fault in self._planned:
            if fault.method != method or not fault.times or not fault.path.search(path):
                continue
            if not fault.after:
                fault.times -= 1
                self.struck += 1
                return fault.act
            fault.after -= 1
        return None

    def _plan(self, method: str, path: str, act: Callable, times: int, after: int) -> None:
        self._planned.append(_Fault(method.upper(), re.compile(path), act, times, after))


class _Cut(Exception):
    """The answer ends here."""

"""Answers that leave in one piece: headers and body in one write to the socket."""

import asyncio
from typing import Any

# More is handed on at once, so that the transport tells its protocol to pause.
MOST_BYTES = 65_536


class WholeWrites:
    """A transport that writes together what one step of the event loop writes.

    uvicorn writes the headers of an answer first and its body after them. A server that is killed between the two loses
    the answer: a proxy that has passed on the headers cannot ask another server any more.

    Args:
        transport: writes in fact, and does all else.
        loop: runs it.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write at the end of this step."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting += data
        if len(self._waiting) > MOST_BYTES:
            self._flush()

    def close(self) -> None:
        """Close when all is written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        data, self._waiting = self._waiting, bytearray()
        # A lost connection sends nothing more.
        if data and not self._transport.is_closing():
            self._transport.write(data)

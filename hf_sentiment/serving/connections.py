"""HTTP connections that a slow or hostile client cannot keep: uvicorn's protocol with limits for headers."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hf_sentiment.serving.whole_writes import WholeWrites

MOST_HEADER_BYTES = 16_384
TOO_LONG = "The headers are too long."


class LimitedProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are too long or take too long to arrive, or that never reads.

    uvicorn limits only the time between two requests.

    Args:
        seconds: until the headers have to be there, and until an answer has to be read.
        **given: what uvicorn gives its protocols.
    """

    def __init__(self, seconds: float, **given: Any) -> None:
        super().__init__(**given)
        self.seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._header_bytes = self._pending = 0

    def connection_made(self, transport: Any) -> None:
        """The client has connected, and has to send a request."""
        super().connection_made(WholeWrites(transport, self.loop))  # type: ignore[arg-type] # it does all that a Transport does
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """No further request has come in time."""
        self._close()

    def pause_writing(self) -> None:
        """The client does not read as fast as the server answers."""
        super().pause_writing()
        self._reading = self.loop.call_later(self.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read what there was."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().resume_writing()

    def on_message_begin(self) -> None:
        """The first byte of a request has arrived."""
        super().on_message_begin()
        self._header_bytes = 0
        self._start_timer()

    def on_url(self, url: bytes) -> None:
        """A part of the path has arrived."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header has arrived."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """All headers have arrived."""
        self._stop_timer()
        self._pending = 0
        if not self.transport.is_closing():
            super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Some bytes have arrived."""
        # The parser keeps a header until it is whole, and reports none before.
        if self._timer is not None:
            if self._pending > MOST_HEADER_BYTES:
                self.send_400_response(TOO_LONG)
                return
            self._pending += len(data)
        super().data_received(data)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MOST_HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response(TOO_LONG)

    def _close(self) -> None:
        # It waits until the client has read all.
        self.transport.close()
        self.loop.call_later(self.seconds, self.transport.abort)

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(self.seconds, self._close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

"""Run the server: sockets, processes and signals."""

import functools
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from hf_sentiment.errors import SentimentError
from hf_sentiment.serving.app import create_app
from hf_sentiment.serving.connections import LimitedProtocol
from hf_sentiment.serving.logs import configure, log_failure
from hf_sentiment.serving.metrics import SHARED_FOLDER
from hf_sentiment.serving.names import named_adapters
from hf_sentiment.serving.opening import choose_opener
from hf_sentiment.serving.settings import ServeSettings

log = logging.getLogger("hf_sentiment.serving")


def serve(settings: ServeSettings) -> int:
    """Serve until SIGTERM or Ctrl-C, and answer then what is being answered.

    Args:
        settings: of the server.

    Returns:
        The exit status.

    Raises:
        SentimentError: the port is not free, an adapter cannot be opened, or a setting is wrong.
    """
    configure(settings.log_requests)
    with _listen(settings) as listening:
        host, port = listening.getsockname()[:2]
        log.info("listening", extra={"fields": {"host": host, "port": port}})
        return _several(settings, listening) if settings.workers > 1 else _one(settings, listening)


def _one(settings: ServeSettings, listening: socket.socket) -> int:
    failures: list[SentimentError] = []
    app = create_app(settings, failures.append)
    server = _DrainingServer(_config(app, settings), app, failures)
    server.run([listening])
    if failures:
        raise failures[0]
    if server.interrupted:
        raise KeyboardInterrupt
    return 0


def _several(settings: ServeSettings, listening: socket.socket) -> int:
    named = named_adapters(settings.adapter, settings.revision)
    choose_opener(settings.backend, settings.dtype, [source for source, _ in named.values()]).prepare(named)
    with tempfile.TemporaryDirectory() as shared:
        # Read when prometheus_client is imported in each worker, which starts as a new process.
        os.environ[SHARED_FOLDER] = shared
        config = _config(functools.partial(_worker_app, settings), settings)
        supervisor = _Supervisor(config, [listening])
        supervisor.run()
    if supervisor.interrupted:
        raise KeyboardInterrupt
    codes = [process.exitcode for process in supervisor.processes]
    if STARTUP_FAILURE in codes:
        raise SentimentError("A worker could not start: its log says why.")
    return 0


def _worker_app(settings: ServeSettings) -> FastAPI:
    configure(settings.log_requests)
    threading.Thread(target=_stop_with_parent, daemon=True).start()

    def failed(error: SentimentError) -> None:
        log_failure(error)
        # The supervisor stops all of them.
        os._exit(STARTUP_FAILURE)

    return create_app(settings, failed)


def _stop_with_parent() -> None:
    """Drain if the supervisor was killed: nobody else would stop this worker, and the port would stay taken."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _config(app: object, settings: ServeSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type] # a partial is a factory
        factory=isinstance(app, functools.partial),
        workers=settings.workers,
        http=functools.partial(LimitedProtocol, settings.client_timeout),  # type: ignore[arg-type] # as if it were a class
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=512,
        timeout_graceful_shutdown=max(1, round(settings.drain_timeout)),
    )


def _listen(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        raise SentimentError(
            f"Port {settings.port} of {settings.host} cannot be listened on ({error.strerror}): give another --port."
        ) from error
    listening.set_inheritable(True)
    return listening


class _Supervisor(Multiprocess):
    """Several workers.

    Attributes:
        interrupted: whether Ctrl-C ended them.
    """

    interrupted = False

    def handle_int(self) -> None:
        """Ctrl-C has come."""
        self.interrupted = True
        super().handle_int()


class _DrainingServer(uvicorn.Server):
    """Answers, after SIGTERM, what is being answered, and ends without the signal's status.

    Attributes:
        interrupted: whether Ctrl-C ended it.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, failures: list[SentimentError]) -> None:
        super().__init__(config)
        self.service, self.failures = app.state.service, failures
        self.interrupted = False

    async def on_tick(self, counter: int) -> bool:
        """Stop, too, if the adapters cannot be opened."""
        return await super().on_tick(counter) or bool(self.failures)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal has come: not ready from now on, and after a delay no new connections."""
        self.service.ready = False
        self.interrupted |= sig == signal.SIGINT
        if self.should_exit:
            self.force_exit = True
        delay = 0.0 if self.interrupted else self.service.settings.drain_delay
        signal.signal(signal.SIGALRM, self._delay_is_over)
        signal.setitimer(signal.ITIMER_REAL, max(delay, 0.001))

    def _delay_is_over(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while serving. uvicorn raises them again afterwards, which ends in their status."""
        earlier = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in earlier.items():
                signal.signal(sig, handler)

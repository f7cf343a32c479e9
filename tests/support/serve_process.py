"""`hf-sentiment serve` as a process on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

from hf_sentiment.compat.http import httpx

PATIENCE = 180.0


class ServeProcess:
    """A running server.

    Attributes:
        url: its address.
        process: the process.
        log: the lines that it has written.
    """

    def __init__(self, *options: str, python: str = sys.executable, **environment: str) -> None:
        words = [python, "-m", "hf_sentiment.cli", "serve", "--port", "0", *map(str, options)]
        # Random weights of 32 dimensions do not survive 16 bits, which a processor may prefer.
        environment = {**os.environ, "HF_SENTIMENT_SERVE_DTYPE": "float32", **environment}
        self.process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment)
        self.log: list[str] = []
        # A pipe that nobody reads would stop the server.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = self._address()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def entries(self, message: str) -> list[dict]:
        """The entries of its log with a message."""
        found = [json.loads(line) for line in list(self.log) if line.startswith("{")]
        return [entry for entry in found if entry["message"] == message]

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while httpx.get(f"{self.url}/ready", timeout=30).status_code != 200:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log
            time.sleep(0.1)

    def end(self, sig: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self.process.send_signal(sig)
        return self.wait()

    def wait(self, patience: float = 60) -> int:
        """The exit status, once the process has ended and its log is read to the end."""
        status = self.process.wait(patience)
        self._reader.join(patience)
        return status

    def connect(self, buffer: int | None = None) -> socket.socket:
        """A connection of a client that speaks no HTTP; the system keeps so many bytes that it has not read."""
        connection = socket.socket()
        connection.settimeout(30)
        if buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def _read(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)

    def _address(self) -> str:
        deadline = time.monotonic() + PATIENCE
        while True:
            if entries := self.entries("listening"):
                return f"http://127.0.0.1:{entries[0]['port']}"
            assert time.monotonic() < deadline and self.process.poll() is None, self.log
            time.sleep(0.05)


@contextmanager
def serving(*options, ready=True, **environment):
    """A server with options, which is ended at the end."""
    server = ServeProcess(*options, **environment)
    try:
        if ready:
            server.wait_until_ready()
        yield server
    finally:
        server.end(signal.SIGKILL)
    assert not any("Traceback" in line for line in server.log), server.log

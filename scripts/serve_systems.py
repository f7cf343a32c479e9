"""The servers of benchmark_serve.py, and the processes that they run in."""

import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from benchmark_systems import BF16, INT8, ONE_BY_ONE, STOCK
from serve_load import GRACE

HERE = Path(__file__).parent
START_SECONDS, STOP_SECONDS = 400.0, 20.0
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}


@dataclass(frozen=True)
class System:
    """A server to measure.

    Attributes:
        command: from the interpreter, the folders by their names, and the port.
        offline: the system of benchmark_systems.py that computes the same without a server.
        path, body: where and how a review is sent.
        ready: the path that answers 200 once the server is ready.
        python: name of the option with another interpreter, for a package that needs other versions.
    """

    command: Callable[[str, dict[str, str], int], list[str]]
    offline: str
    path: str = "/"
    body: Callable[[str], dict] = lambda text: {"inputs": text}
    ready: str = "/health"
    python: str | None = None


def ours_command(python: str, port: int, adapters: list[str], backend: str, dtype: str) -> list[str]:
    """`hf-sentiment serve`."""
    words = [word for each in adapters for word in ("--adapter", each)]
    words += ["--backend", backend, "--dtype", dtype, "--port", str(port)]
    return [python, "-m", "hf_sentiment.cli", "serve", *words]


def ours(backend: str, dtype: str, offline: str) -> System:
    """This package, as `hf-sentiment serve` starts it."""
    return System(
        lambda python, folders, port: ours_command(python, port, [folders["adapter"]], backend, dtype),
        offline,
        ready="/ready",
    )


def _infinity(python: str, folders: dict[str, str], port: int) -> list[str]:
    words = ["--model-id", folders["merged"], "--served-model-name", "m", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--device", "cpu", "--engine", "torch", "--no-bettertransformer", "--dtype", "float32"]
    return [str(Path(python).with_name("infinity_emb")), "v2", *words]


def _script(name: str) -> Callable[[str, dict[str, str], int], list[str]]:
    return lambda python, folders, port: [python, str(HERE / name), folders["merged"], str(port)]


OURS_INT8, OURS_BF16 = "hf-sentiment serve, OpenVINO int8", "hf-sentiment serve, OpenVINO bf16"
# In the order of the table.
SYSTEMS: dict[str, System] = {
    "FastAPI, stock pipeline": System(_script("serve_fastapi.py"), ONE_BY_ONE),
    "LitServe, stock pipeline": System(_script("serve_litserve.py"), STOCK, path="/predict", python="litserve"),
    "infinity": System(
        _infinity,
        "infinity",
        path="/classify",
        body=lambda text: {"model": "m", "input": [text]},
        python="infinity",
    ),
    "hf-sentiment serve, torch": ours("torch", "auto", "hf_sentiment, torch (default)"),
    "hf-sentiment serve, OpenVINO float32": ours("openvino", "float32", "hf_sentiment, OpenVINO float32"),
    OURS_BF16: ours("openvino", "bfloat16", BF16),
    OURS_INT8: ours("openvino", "int8", INT8),
}


class Server:
    """A server in a process of its own, ready to answer, with its sender in another one.

    Args:
        command: starts it.
        port: that it listens on.
        ready: the path that answers 200 once it is ready.
        requests: a file for the sender.
        log: a file for what the server writes.

    Raises:
        RuntimeError: it did not become ready; the message is the last line that it wrote.
    """

    def __init__(self, command: list[str], port: int, ready: str, requests: Path, log: Path) -> None:
        self.port, self._log = port, log
        started = time.monotonic()
        with log.open("wb") as out:
            self._process = psutil.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=os.environ | ENVIRONMENT, cwd=log.parent
            )
        self._sender = psutil.Popen(
            [sys.executable, str(HERE / "serve_load.py"), str(requests)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self._wait(ready, started + START_SECONDS)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.monotonic() - started

    def _wait(self, path: str, until: float) -> None:
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(self._last_line())
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.2)
        raise RuntimeError(f"not ready after {START_SECONDS:.0f} s: {self._last_line()}")

    def _last_line(self) -> str:
        lines = [line.strip() for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1][:200] if lines else f"it ended with status {self._process.poll()}"

    def send(self, **phase: Any) -> dict:
        """Let the sender run a phase, see `serve_load.Phase`."""
        watch = threading.Timer(phase["seconds"] + GRACE + 60, self._sender.kill)
        watch.start()
        try:
            self._sender.stdin.write(json.dumps({"port": self.port, **phase}) + "\n")
            self._sender.stdin.flush()
            line = self._sender.stdout.readline()
        finally:
            watch.cancel()
        if not line:
            raise RuntimeError("the sender ended")
        if self._process.poll() is not None:
            raise RuntimeError(f"the server ended: {self._last_line()}")
        return json.loads(line)

    def _family(self) -> Iterator[psutil.Process]:
        yield self._process
        yield from self._process.children(recursive=True)

    def processor_seconds(self) -> float:
        """That the server and its children have taken so far."""
        return sum(sum(times[:2]) for times in _each(self._family(), "cpu_times"))

    def rss_mib(self) -> float:
        """The memory of the server and its children."""
        return sum(info.rss for info in _each(self._family(), "memory_info")) / 2**20

    def stop(self) -> None:
        """End both processes, and the children that the server has started."""
        self._sender.kill()
        self._sender.wait()
        try:
            family = list(self._family())
        except psutil.NoSuchProcess:
            family = [self._process]
        if self._process.poll() is None:
            self._process.terminate()
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=STOP_SECONDS)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _each(processes: Iterator[psutil.Process], name: str) -> Iterator[Any]:
    for process in processes:
        try:
            yield getattr(process, name)()
        except psutil.NoSuchProcess:
            continue


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def ask_worker(command: list[str], rounds: int, seconds: float) -> list[dict]:
    """The answers of a process that writes "ready" and then a line for each line that it reads.

    Args:
        command: starts it.
        rounds: how often to ask.
        seconds: after which it is ended, if it has not answered.

    Raises:
        RuntimeError: it did not answer; the message is the last line that it wrote.
    """
    with tempfile.TemporaryFile("w+") as errors:
        worker = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | ENVIRONMENT,
        )
        watch = threading.Timer(seconds, worker.kill)
        watch.start()
        try:
            worker.stdin.write("\n" * rounds)
            worker.stdin.flush()
            lines = (line for line in iter(worker.stdout.readline, "") if line.startswith('{"seconds"'))
            found = [json.loads(line) for line in itertools.islice(lines, rounds)]
        except BrokenPipeError:
            found = []
        finally:
            watch.cancel()
            # The threads of some libraries would keep it alive.
            worker.kill()
            worker.wait()
        if len(found) < rounds:
            errors.seek(0)
            said = [line.strip() for line in errors if line.strip()]
            raise RuntimeError(said[-1][:200] if said else f"it did not answer within {seconds:.0f} s")
        return found

"""Send requests to a server as many clients do, and measure how long each answer takes.

    python scripts/serve_load.py REQUESTS.json

The script runs in a process of its own: it reads one phase per line of standard input, as JSON, and writes one result
per line. An open phase sends each request at a planned moment, whether or not earlier ones were answered, and measures
its latency from that moment, so a server that stalls cannot hide the requests that would have come meanwhile
(coordinated omission). A closed phase sends the next request of a connection when its last one is answered.

Bytes of requests are built once, and of an answer only status and length are read, so that the sender takes little of
the processor that it shares with the server.
"""

import asyncio
import gc
import json
import random
import selectors
import sys
import time
from array import array
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

# select() takes no file descriptors above 1,023, but microseconds; epoll wakes up to a millisecond late.
MOST_FOR_SELECT = 512
# Seconds after the end of a phase in which answers are still awaited.
GRACE = 40.0


@dataclass
class Phase:
    """What to send.

    Attributes:
        port: of the server on this machine.
        seconds: how long requests are sent.
        rate: requests per second of an open phase; None for a closed phase.
        arrivals: "poisson" or "constant", of an open phase.
        connections: that a closed phase keeps busy, and that an open phase opens at most.
        count: requests of a closed phase at most.
        keep_bodies: whether the result has the bodies of the answers, in the order of the requests.
        only: the number of the request to send, always the same one; None for all in turn.
        seed: of the arrivals.
    """

    port: int
    seconds: float
    rate: float | None = None
    arrivals: str = "poisson"
    connections: int = 64
    count: int | None = None
    keep_bodies: bool = False
    only: int | None = None
    seed: int = 0


class Connection(asyncio.Protocol):
    """A connection that is kept alive, with one request at a time."""

    def __init__(self, run: "Run") -> None:
        self._run, self._received, self._before = run, b"", False
        self.planned, self.number, self.busy = 0.0, 0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self.transport = transport
        self._run.opened(self)

    def send(self, planned: float, number: int) -> None:
        """Send a request."""
        self.planned, self.number, self.busy = planned, number, True
        self.transport.write(self._run.requests[number % len(self._run.requests)])

    def data_received(self, data: bytes) -> None:
        """A part of an answer has arrived."""
        received = self._received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = received[:end].lower()
        start = head.find(b"\r\ncontent-length:")
        if start < 0:
            # Chunks are not read: none of the servers sends any.
            self.transport.abort()
            return
        line_end = head.find(b"\r\n", start + 2)
        length = int(head[start + 17 : line_end if line_end > 0 else None])
        if len(received) < end + 4 + length:
            return
        self._received, self.busy, self._before = b"", False, True
        if b"\r\nconnection: close" in head:
            self.transport.close()
        self._run.answered(self, int(head[9:12]), received[end + 4 :])

    def connection_lost(self, error: Exception | None) -> None:
        """It is closed."""
        # A server may close an idle connection at the moment at which a request is sent on it.
        self._run.closed(self, again=self._before and not self._received)


class Run:
    """One phase."""

    def __init__(self, phase: Phase, requests: list[bytes]) -> None:
        self.phase = phase
        self.requests = requests if phase.only is None else [requests[phase.only]]
        self.statuses: Counter[str] = Counter()
        self.latencies, self.late = array("d"), array("d")
        self.bodies: dict[int, str] = {}
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._waiting: deque[tuple[float, int]] = deque()
        self._opening: set[asyncio.Task] = set()
        self._submitted = self._finished = self.reconnected = self.in_time = 0
        self._over = False

    async def measure(self) -> dict:
        """Run the phase and summarise it."""
        self._loop = asyncio.get_running_loop()
        open_phase = self.phase.rate is not None
        for _ in range(min(self.phase.connections, 64)):
            self._open()
        await asyncio.gather(*self._opening, return_exceptions=True)
        gc.disable()
        processor, self._started = time.process_time(), self._loop.time()
        self._end = self._started + self.phase.seconds
        await (self._open_phase() if open_phase else self._closed_phase())
        await self._drain()
        processor, took = time.process_time() - processor, self._loop.time() - self._started
        gc.enable()
        self._over = True
        for connection in list(self._all):
            connection.transport.abort()
        return self._result(processor, took)

    async def _open_phase(self) -> None:
        draw = random.Random(self.phase.seed)
        due, rate = self._started, self.phase.rate
        while due < self._end:
            if (wait := due - self._loop.time()) > 0:
                await asyncio.sleep(wait)
            self._submit(due)
            due += draw.expovariate(rate) if self.phase.arrivals == "poisson" else 1 / rate

    async def _closed_phase(self) -> None:
        for _ in range(min(self.phase.connections, self.phase.count or self.phase.connections)):
            self._submit(self._loop.time())
        while self._loop.time() < self._end and not self._enough():
            await asyncio.sleep(0.02)

    def _enough(self) -> bool:
        return self.phase.count is not None and self._finished >= self.phase.count

    async def _drain(self) -> None:
        until = self._loop.time() + GRACE
        while self._finished < self._submitted and self._loop.time() < until:
            await asyncio.sleep(0.02)

    def _submit(self, planned: float) -> None:
        self._waiting.append((planned, self._submitted))
        self._submitted += 1
        self._serve_waiting()

    def _serve_waiting(self) -> None:
        """Let free connections send what waits longest, and open others for the rest."""
        if self._over:
            return
        while self._waiting and self._idle:
            connection = self._idle.pop()
            if not connection.transport.is_closing():
                planned, number = self._waiting.popleft()
                self.late.append(self._loop.time() - planned)
                connection.send(planned, number)
        while len(self._waiting) > len(self._opening) and self._room():
            self._open()

    def _room(self) -> bool:
        return len(self._all) + len(self._opening) < self.phase.connections

    def _open(self) -> None:
        task = self._loop.create_task(
            self._loop.create_connection(lambda: Connection(self), "127.0.0.1", self.phase.port)
        )
        self._opening.add(task)
        task.add_done_callback(self._was_opening)

    def _was_opening(self, task: asyncio.Task) -> None:
        self._opening.discard(task)
        if not task.cancelled() and task.exception() is not None and self._waiting:
            self._finish("error", self._waiting.popleft()[0])
        self._serve_waiting()

    def opened(self, connection: Connection) -> None:
        """A connection is there."""
        self._all.add(connection)
        self._idle.append(connection)
        self._serve_waiting()

    def answered(self, connection: Connection, status: int, body: bytes) -> None:
        """An answer is there."""
        if self.phase.keep_bodies:
            self.bodies[connection.number] = body.decode()
        self._idle.append(connection)
        self._finish(str(status), connection.planned)

    def closed(self, connection: Connection, *, again: bool) -> None:
        """A connection is lost."""
        self._all.discard(connection)
        if connection.busy and again:
            self.reconnected += 1
            self._waiting.appendleft((connection.planned, connection.number))
        elif connection.busy:
            self._finish("error", connection.planned)
        self._serve_waiting()

    def _finish(self, status: str, planned: float) -> None:
        now = self._loop.time()
        self._finished += 1
        self.statuses[status] += 1
        if status == "200":
            self.latencies.append(now - planned)
            self.in_time += now <= self._end
        most = self.phase.count
        if self.phase.rate is None and now < self._end and (most is None or self._submitted < most):
            self._submit(now)
        else:
            self._serve_waiting()

    def _result(self, processor: float, took: float) -> dict:
        unanswered = self._submitted - self._finished
        # The latency of what was never answered is at least this.
        ordered = sorted([*self.latencies, *[self.phase.seconds + GRACE] * unanswered])
        counts = dict(self.statuses) | ({"unanswered": unanswered} if unanswered else {})
        return {
            "sent": self._submitted,
            "statuses": counts,
            "goodput": self.in_time / min(self.phase.seconds, took),
            "answered_200": self.statuses["200"],
            **{f"p{share}_ms": _percentile(ordered, share) for share in (50, 95, 99)},
            "late_p99_ms": _percentile(sorted(self.late), 99),
            "reconnected": self.reconnected,
            "sender_processor_seconds": processor,
            "seconds": took,
            "bodies": [self.bodies.get(number) for number in range(len(self.bodies))],
        }


def _percentile(ordered: list[float], share: float) -> float | None:
    """The smallest latency that so many percent do not exceed, in milliseconds."""
    if not ordered:
        return None
    return 1000 * ordered[min(len(ordered) - 1, -(-len(ordered) * share // 100) - 1)]


def request_bytes(path: str, body: dict) -> bytes:
    """A whole request."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def run_phase(phase: Phase, requests: list[bytes]) -> dict:
    """Run a phase in an event loop of its own."""
    few = phase.connections <= MOST_FOR_SELECT
    selector = selectors.SelectSelector if few else selectors.DefaultSelector
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector())) as runner:
        return runner.run(Run(phase, requests).measure())


def main() -> None:
    """Run the phases that standard input has."""
    requests = [request_bytes(path, body) for path, body in json.loads(Path(sys.argv[1]).read_text())]
    for line in sys.stdin:
        print(json.dumps(run_phase(Phase(**json.loads(line)), requests)), flush=True)


if __name__ == "__main__":
    main()

"""The sender of benchmark_serve.py, against small servers."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    import serve_load

    monkeypatch.setattr(serve_load, "GRACE", 2.0)
    return serve_load


@contextmanager
def served(answer) -> Iterator[int]:
    """A server whose coroutine `answer(number, body)` gives a status and a body, or None to close the connection."""
    started, numbers = threading.Event(), iter(range(10**6))

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                found = await answer(next(numbers), await reader.readexactly(length))
                if found is None:
                    break
                status, body = found
                # In two parts, as the network may deliver them.
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: a\r\nContent-Length: {len(body)}\r\n\r\n".encode())
                await writer.drain()
                await asyncio.sleep(0)
                writer.write(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def serve() -> None:
        nonlocal port, loop, stop
        server = await asyncio.start_server(client, "127.0.0.1", 0)
        port, loop, stop = server.sockets[0].getsockname()[1], asyncio.get_running_loop(), asyncio.Event()
        started.set()
        await stop.wait()

    port, loop, stop = 0, None, None
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


async def at_once(number: int, body: bytes) -> tuple[int, bytes]:
    return 200, body


def test_the_bytes_are_one_whole_request(load):
    request = load.request_bytes("/models/a", {"inputs": "Schön."})
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /models/a HTTP/1.1\r\nHost: ")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"inputs": "Schön."}


def test_a_closed_phase_sends_so_many_requests_in_order_and_keeps_the_answers(load):
    requests = [load.request_bytes("/", {"inputs": text}) for text in "abc"]
    with served(at_once) as port:
        result = load.run_phase(load.Phase(port, 10, connections=1, count=5, keep_bodies=True), requests)
    assert [json.loads(body)["inputs"] for body in result["bodies"]] == list("abcab")
    assert result["statuses"] == {"200": 5} and result["sent"] == 5
    assert result["seconds"] < 5


def test_a_closed_phase_ends_after_its_seconds(load):
    async def slow(number: int, body: bytes) -> tuple[int, bytes]:
        await asyncio.sleep(0.05)
        return 200, body

    with served(slow) as port:
        result = load.run_phase(load.Phase(port, 0.5, connections=4), [load.request_bytes("/", {})])
    assert 4 <= result["sent"] == result["statuses"]["200"] <= 44
    assert 0.5 <= result["seconds"] < 2


@pytest.mark.parametrize("arrivals", ["poisson", "constant"])
def test_an_open_phase_measures_from_the_planned_moment(load, arrivals):
    """The server stalls once; a sender that waited for it would see one slow answer in about a hundred."""
    stalled = 0.5

    async def stalls(number: int, body: bytes) -> tuple[int, bytes]:
        if number == 20:
            time.sleep(stalled)
        return 200, body

    with served(stalls) as port:
        result = load.run_phase(
            load.Phase(port, 1.0, rate=100, arrivals=arrivals, connections=1), [load.request_bytes("/", {})]
        )
    assert 60 <= result["statuses"]["200"] == result["sent"] <= 140
    assert result["p99_ms"] > 900 * stalled
    # Half of the requests were planned while it stalled.
    assert result["p50_ms"] < result["p95_ms"] and result["p95_ms"] > 500 * stalled


def test_other_answers_are_counted_and_have_no_latency(load):
    async def refuses(number: int, body: bytes) -> tuple[int, bytes] | None:
        return (200, body) if number % 3 == 0 else (429, b"") if number % 3 == 1 else None

    with served(refuses) as port:
        result = load.run_phase(
            load.Phase(port, 0.5, rate=60, arrivals="constant", connections=1), [load.request_bytes("/", {})]
        )
    statuses = result["statuses"]
    assert set(statuses) == {"200", "429"}
    assert sum(statuses.values()) == result["sent"]
    # A connection that was used before may be closed between two requests: the request is sent again.
    assert result["reconnected"] > 5


def test_a_first_request_that_gets_no_answer_is_an_error(load):
    async def closes(number: int, body: bytes) -> None:
        return None

    with served(closes) as port:
        result = load.run_phase(load.Phase(port, 0.2, rate=50, connections=2), [load.request_bytes("/", {})])
    assert result["statuses"] == {"error": result["sent"]}
    assert result["p99_ms"] is None and result["goodput"] == 0


def test_a_request_that_is_never_answered_counts_as_the_slowest(load):
    async def forgets(number: int, body: bytes) -> tuple[int, bytes]:
        await asyncio.sleep(60 if number == 3 else 0)
        return 200, body

    with served(forgets) as port:
        result = load.run_phase(load.Phase(port, 0.3, rate=50, connections=20), [load.request_bytes("/", {})])
    assert result["statuses"]["unanswered"] == 1
    assert result["p99_ms"] >= 2000


def test_nobody_listens(load):
    with served(at_once) as port:
        pass
    result = load.run_phase(load.Phase(port, 0.2, rate=50, connections=2), [load.request_bytes("/", {})])
    assert result["statuses"] == {"error": result["sent"]}


@pytest.mark.parametrize(
    "body",
    [
        [[{"label": "Positive", "score": 0.9}, {"label": "Negative", "score": 0.1}]],
        [{"label": "Positive", "score": 0.9}],
        {"label": "Positive", "score": 0.9},
        {"object": "classify", "data": [[{"label": "Negative", "score": 0.1}, {"label": "Positive", "score": 0.9}]]},
    ],
)
def test_the_label_of_each_servers_answer(load, body):
    from serve_measure import label_of

    assert label_of(json.dumps(body)) == "Positive"


def test_the_table_has_medians_and_sums(load):
    from serve_table import tables

    def row(capacity: float) -> dict:
        phase = {"p50_ms": capacity / 10, "p99_ms": capacity, "statuses": {"200": 9}}
        return {
            "kind": "system",
            "system": "a server",
            "capacity": capacity,
            "share_of_offline": 0.5,
            "per_processor_second": 40.0,
            "single_ms": 5.0,
            "open": {"50": phase},
            "p99_at_half_per_single": 3.0,
            "rss_mib": 300.0,
            "same_labels": 1.0,
            "statuses": {"200": 9, "504": 2},
        }

    line = tables([row(80.0), row(100.0), row(90.0)]).splitlines()[-1]
    assert line == "| a server | 90 | 50 % | 40 | 5.0 | 9.0 / 90.0 | 3.0 | 300 | 100.0 % | 6 x 504 |"

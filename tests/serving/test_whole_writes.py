"""An answer leaves in one piece, so that no server dies between its headers and its body."""

import asyncio
import json
import socket
import struct
import sys
from contextlib import closing
from http.client import HTTPConnection

import pytest

from hf_sentiment.serving.whole_writes import MOST_BYTES, WholeWrites

# Of struct tcp_info in linux/tcp.h: how many segments with data have arrived.
DATA_SEGMENTS, OF_BYTES = 152, 160
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def connection(server):
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as made:
        yield made


def ask(connection, path, body, **headers):
    """Status and body of one answer."""
    connection.request("POST", path, json.dumps(body), JSON | headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.mark.skipif(sys.platform != "linux", reason="counts segments as Linux does")
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/", {"inputs": "good thing"}, 200), ("/classify", {"reviews": ["good", "bad"] * 4}, 200), ("/", {}, 422)],
)
def test_headers_and_body_arrive_in_one_segment(connection, path, body, status):
    for _ in range(20):
        assert ask(connection, path, body)[0] == status
    told = connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, OF_BYTES)
    assert struct.unpack_from("I", told, DATA_SEGMENTS) == (20,)


def test_the_connection_closes_after_the_whole_answer(connection):
    reviews = ["good thing"] * 128
    connection.connect()
    connected = connection.sock
    with connected.makefile("rb") as stream:
        status, body = ask(connection, "/classify", {"reviews": reviews}, Connection="close")
        assert (status, len(body["answers"]), stream.read()) == (200, 128, b"")


@pytest.fixture(params=["asyncio", "uvloop"])
def new_loop(request):
    """Makes the event loop that uvicorn takes, without and with uvloop installed."""
    return pytest.importorskip(request.param).new_event_loop


def in_loop(new_loop, use):
    """Run a coroutine with a transport, what it has reported wrong, and the other end of its connection."""

    async def run():
        loop, faults = asyncio.get_running_loop(), []
        loop.set_exception_handler(lambda _, context: faults.append(context))
        ours, other = socket.socketpair()
        with other:
            other.setblocking(False)
            transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
            await use(WholeWrites(transport, loop), other)
            transport.abort()
        assert not faults

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(run())


def test_one_step_is_one_write(new_loop):
    async def use(writes, other):
        writes.write(b"head")
        writes.write(b"body")
        with pytest.raises(BlockingIOError):
            other.recv(10)
        await asyncio.sleep(0.01)
        assert other.recv(10) == b"headbody"

    in_loop(new_loop, use)


def test_what_is_long_does_not_gather(new_loop):
    async def use(writes, other):
        pieces = [bytes([number]) * (MOST_BYTES + 1) for number in range(20)]
        for piece in pieces:
            writes.write(piece)
        # The transport knows of it, and pauses its protocol.
        assert writes.get_write_buffer_size() > MOST_BYTES
        received = b""
        while len(received) < sum(map(len, pieces)):
            await asyncio.sleep(0)
            try:
                received += other.recv(1_000_000)
            except BlockingIOError:
                continue
        assert received == b"".join(pieces)

    in_loop(new_loop, use)


def test_what_was_written_leaves_before_the_connection_closes(new_loop):
    async def use(writes, other):
        writes.write(b"all")
        writes.close()
        await asyncio.sleep(0.01)
        assert (other.recv(10), other.recv(10)) == (b"all", b"")

    in_loop(new_loop, use)


def test_what_a_lost_connection_should_send_is_dropped(new_loop):
    async def use(writes, other):
        writes.write(b"lost")
        writes.abort()
        await asyncio.sleep(0.01)
        writes.write(b"lost")
        await asyncio.sleep(0.01)
        assert other.recv(10) == b""

    in_loop(new_loop, use)

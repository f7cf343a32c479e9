"""An answer leaves in one piece, so that no server dies between its headers and its body."""

import json
import socket
import struct
import sys

import pytest

# Of struct tcp_info in linux/tcp.h: how many segments with data have arrived.
DATA_SEGMENTS, OF_BYTES = 152, 160


def sent(path, body):
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(data)}"
    return head.encode() + b"\r\n\r\n" + data


def read_answer(stream):
    """Status and body of one answer."""
    status, length = int(stream.readline().split()[1]), 0
    while (line := stream.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, json.loads(stream.read(length))


@pytest.fixture
def connection(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as made:
        yield made


@pytest.mark.skipif(sys.platform != "linux", reason="counts segments as Linux does")
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/", {"inputs": "good thing"}, 200), ("/classify", {"reviews": ["good", "bad"] * 4}, 200), ("/", {}, 422)],
)
def test_headers_and_body_arrive_in_one_segment(connection, path, body, status):
    with connection.makefile("rb") as stream:
        for _ in range(20):
            connection.sendall(sent(path, body))
            assert read_answer(stream)[0] == status
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, OF_BYTES)
    assert struct.unpack_from("I", told, DATA_SEGMENTS) == (20,)


def test_long_and_short_answers_come_whole_and_in_order(connection):
    asked = [["good thing"] * count for count in (128, 1, 100, 2)]
    with connection.makefile("rb") as stream:
        for reviews in asked:
            connection.sendall(sent("/classify", {"reviews": reviews}))
        answers = [read_answer(stream) for _ in asked]
    assert [(status, len(body["answers"])) for status, body in answers] == [(200, len(each)) for each in asked]


def test_the_connection_closes_after_the_whole_answer(connection):
    connection.sendall(sent("/", {"inputs": "good thing"}).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
    with connection.makefile("rb") as stream:
        status, body = read_answer(stream)
        assert (status, stream.read()) == (200, b"") and body

"""What is wrong with a request is said in the protocol's own form, in time, and without the text in the log."""

import json
import time
from contextlib import suppress

import psutil
import pytest
from serve_process import serving

from hf_sentiment.compat.http import httpx

SECRET = "a review that nobody else may read"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def guarded(served_export, tmp_path_factory):
    """A server with keys, small limits and little patience."""
    keys = tmp_path_factory.mktemp("keys") / "keys.txt"
    keys.write_text("open-sesame  # a client\nadmin root-key\n")
    options = ("--max-client-batch-size", 8, "--payload-limit", 60_000, "--max-text-chars", 20_000)
    with serving("--adapter", f"cool={served_export}", "--api-key-file", keys, "--client-timeout", 1.5, *options) as it:
        yield it


def ask(server, path="/", body=None, key="open-sesame", **options):
    headers = {**JSON, "Authorization": f"Bearer {key}", **options.pop("headers", {})}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(f"{server.url}{path}", content=content, headers=headers, timeout=30, **options)


def refused(answer, status, words, kind="validation"):
    body = answer.json()
    assert (answer.status_code, body["error_type"]) == (status, kind), body
    assert words in body["error"]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/", b"{", 400, "not JSON"),
        ("/", b"\xff", 400, "not JSON"),
        ("/", [], 422, "does not fit"),
        ("/", {"inputs": 7}, 422, "does not fit at inputs"),
        ("/", {"inputs": SECRET, "parameters": {"top_k": "1"}}, 422, "top_k"),
        ("/", {"inputs": SECRET, "parameters": {"top_k": 0}}, 422, "top_k"),
        ("/", {"inputs": SECRET, "parameters": {"topk": 1}}, 422, "topk"),
        ("/", {"inputs": SECRET, "else": 1}, 422, "else"),
        ("/", {"inputs": []}, 422, "has no review"),
        ("/", {"inputs": ["fine", "\u200b \n"]}, 422, "Review 2 is empty"),
        ("/", b'{"inputs": "half \\ud83d"}', 422, ""),
        ("/", {"inputs": {"title": "Great"}}, 422, "text"),
        ("/", {"inputs": ["fine"] * 9}, 413, "has 9 reviews; the server takes 8"),
        ("/", {"inputs": "x" * 30_000}, 413, "has 30000 characters; the server takes 20000"),
        ("/", {"inputs": "x" * 70_000}, 413, "larger than 60000 bytes"),
        ("/predict", {"inputs": ["fine"] * 9}, 422, "pair"),
        ("/predict", {"inputs": [["fine"]] * 9}, 413, "9 reviews"),
        ("/classify", {"reviews": ["fine"], "adapter": "warm"}, 404, "There is no adapter 'warm'"),
        ("/classify", {"reviews": ["fine"] * 5, "adapters": ["cool", "warm"]}, 413, "10 reviews"),
        ("/models/../../etc", {"inputs": "fine"}, 404, ""),
        ("/models/%2e%2e%2fetc", {"inputs": "fine"}, 404, "no adapter"),
        ("/v2/models/cool/infer", {"inputs": [{"name": "x"}]}, 422, "does not fit"),
    ],
)
def test_a_wrong_request_has_a_sentence(guarded, path, body, status, words):
    refused(ask(guarded, path, body), status, words)


def test_five_megabytes_are_refused_before_they_are_read(guarded):
    started = time.monotonic()
    refused(ask(guarded, body=b'{"inputs": "' + b"x" * 5_000_000 + b'"}'), 413, "larger than 60000 bytes")

    def pieces():
        yield b'{"inputs": "'
        for _ in range(5):
            yield b"x" * 1_000_000

    answer = httpx.post(
        guarded.url, content=pieces(), headers={**JSON, "Authorization": "Bearer open-sesame"}, timeout=30
    )
    refused(answer, 413, "larger than 60000 bytes")
    assert time.monotonic() - started < 20


def test_only_json_is_read(guarded):
    refused(ask(guarded, body={"inputs": "fine"}, headers={"Content-Type": "text/csv"}), 415, "application/json")


def test_keys(guarded):
    for key in ("wrong", "open-sesame2", "open"):
        refused(ask(guarded, body={"inputs": SECRET}, key=key), 401, "no valid key", "unauthorized")
    bare = httpx.post(guarded.url, json={"inputs": "fine"}, headers={"Authorization": "Basic open-sesame"})
    assert bare.status_code == 401
    assert ask(guarded, body={"inputs": "fine"}, key="root-key").status_code == 200
    put = {"method": "PUT", "url": f"{guarded.url}/adapters/other", "json": {"adapter": "user/other"}}
    refused(httpx.request(**put, headers={"Authorization": "Bearer open-sesame"}), 403, "administrator", "unauthorized")
    refused(httpx.request(**put, headers={"Authorization": "Bearer root-key"}), 403, "--allow-adapter", "unauthorized")
    assert httpx.get(f"{guarded.url}/health").status_code == 200
    assert httpx.get(f"{guarded.url}/metrics").status_code == 401


def test_another_host_name_is_refused(guarded):
    answer = ask(guarded, body={"inputs": SECRET}, headers={"Host": "evil.example.com"})
    refused(answer, 421, "host name")


def test_no_page_of_another_origin_may_read_an_answer(guarded):
    answer = ask(guarded, body={"inputs": "fine"}, headers={"Origin": "https://evil.example.com"})
    assert not any(name.startswith("access-control") for name in answer.headers)


def read_all(connection):
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def test_a_client_that_sends_its_headers_slowly_is_disconnected(guarded):
    with guarded.connect() as connection:
        started = time.monotonic()
        try:
            for letter in "POST / HTTP/1.1\r\nHost: localhost\r\n" * 3:
                connection.send(letter.encode())
                time.sleep(0.2)
                if time.monotonic() - started > 15:
                    break
        except OSError:
            pass
        assert 1 < time.monotonic() - started < 10


def test_a_client_that_sends_its_body_slowly_is_answered(guarded):
    with guarded.connect() as connection:
        head = "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer open-sesame\r\nContent-Length: 100\r\n\r\n{"
        connection.sendall(head.encode())
        answer = connection.recv(65536)
        while b"\r\n\r\n{" not in answer:
            # Head and body may arrive one after the other.
            answer += connection.recv(65536)
    assert b" 408 " in answer.splitlines()[0] and b"did not arrive in time" in answer


def test_headers_without_an_end_are_refused(guarded):
    with guarded.connect() as connection:
        received = b""
        try:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ")
            for _ in range(100):
                connection.sendall(b"x" * 10_000)
            received = read_all(connection)
        except OSError:
            return
    assert received == b"" or b" 400 " in received.splitlines()[0]


def test_long_headers_are_refused(guarded):
    with guarded.connect() as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 10_000 + b"\r\n")
        received = read_all(connection)
    assert b" 400 " in received.splitlines()[0] and b"headers are too long" in received


def test_a_client_that_never_reads_is_disconnected(guarded):
    # The answer is long and costs little.
    requests = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50
    own = psutil.Process(guarded.process.pid)
    with guarded.connect(buffer=4096) as connection:
        _, port = connection.getsockname()
        connection.settimeout(1)
        deadline = time.monotonic() + 60

        def connected():
            return any(each.raddr and each.raddr.port == port for each in own.net_connections("tcp"))

        while not connected():
            assert time.monotonic() < deadline
        # First the server reads no more, because its answers are not read; later it closes.
        while connected():
            assert time.monotonic() < deadline
            with suppress(OSError):
                connection.sendall(requests)
    assert ask(guarded, body={"inputs": "fine"}).status_code == 200


def test_the_log_has_no_text(guarded):
    earlier = len(guarded.entries("request"))
    ask(guarded, body={"inputs": SECRET})
    ask(guarded, body={"inputs": SECRET, "else": SECRET})
    deadline = time.monotonic() + 60
    # A request is logged after its answer.
    while len(guarded.entries("request")) < earlier + 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    log = "".join(guarded.log)
    assert SECRET not in log and "open-sesame" not in log

"""Ready, overloaded, left, stopped: what those who run the server rely on."""

import asyncio
import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import psutil
import pytest
from serve_process import serving

from hf_sentiment.compat.http import httpx

LONG = "good thing " * 4000
REVIEW = {"inputs": "good thing"}


def post(server, body=REVIEW, path="/", timeout=60.0):
    return httpx.post(f"{server.url}{path}", json=body, timeout=timeout)


def number(server, name):
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def wait_for_queue(server, windows):
    deadline = time.monotonic() + 60
    while number(server, "te_queue_size") < windows:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_metrics_count_requests_reviews_and_rounds(served_export):
    with serving("--adapter", served_export) as server:
        for _ in range(3):
            post(server)
        post(server, {"inputs": ["good thing", LONG]})
        post(server, {})
        assert number(server, 'te_request_count_total{code="200",route="/"}') == 4
        assert number(server, 'te_request_count_total{code="422",route="/"}') == 1
        assert number(server, "hf_sentiment_reviews_total") == 5
        assert number(server, "te_batch_next_size_sum") > 5
        assert number(server, 'te_request_duration_count{route="/"}') == 5
        assert number(server, "te_request_queue_duration_count") == 4
        assert (
            number(server, "te_batch_next_tokens_sum") > 4000 and number(server, "te_batch_inference_duration_sum") > 0
        )
        assert number(server, "hf_sentiment_adapters") == 1


def test_it_is_alive_before_it_is_ready_and_not_ready_before_it_stops(calibrated_adapter, tmp_path):
    # The export is made first, in a cache of its own.
    with serving("--adapter", calibrated_adapter, "--drain-delay", 2, ready=False, HF_HOME=str(tmp_path)) as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
        early = post(server)
        assert (early.status_code, early.json()["error_type"]) == (503, "unhealthy")
        server.wait_until_ready()
        assert post(server).status_code == 200
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert httpx.get(f"{server.url}/ready").status_code == 503
        assert post(server).status_code == 200
        assert server.process.wait(30) == 0


def test_what_is_being_answered_at_sigterm_is_answered(served_export):
    options = ("--max-queue", 100_000, "--request-timeout", 600)
    with serving("--adapter", served_export, *options) as server, ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(post, server, {"inputs": [LONG] * 8}) for _ in range(8)]
        wait_for_queue(server, 100)
        assert server.end() == 0
        assert [each.result().status_code for each in waiting] == [200] * 8


def test_draining_has_a_bound(served_export):
    options = ("--max-queue", 1_000_000, "--drain-timeout", 1, "--request-timeout", 600)
    with serving("--adapter", served_export, *options) as server, ThreadPoolExecutor(32) as pool:
        waiting = [pool.submit(post, server, {"inputs": [LONG * 2] * 12}) for _ in range(32)]
        wait_for_queue(server, 30_000)
        started = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - started < 20
        answers = [each.exception() or each.result().status_code for each in waiting]
        assert set(map(str, answers)) - {"200"}


def test_ctrl_c_is_130(served_export):
    with serving("--adapter", served_export) as server:
        assert server.end(signal.SIGINT) == 130


def test_over_the_bound_it_is_429_with_retry_after_and_the_others_are_answered(served_export):
    with serving("--adapter", served_export, "--max-queue", 300) as server, ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: post(server, {"inputs": LONG}), range(120)))
        codes = [answer.status_code for answer in answers]
        assert set(codes) == {200, 429} and codes.count(200) >= 2
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert int(refused.headers["retry-after"]) >= 1 and refused.json()["error_type"] == "overloaded"
        assert post(server).status_code == 200


def test_requests_of_clients_that_have_gone_leave_the_queue(served_export):
    options = ("--max-queue", 1_000_000, "--request-timeout", 600)
    with serving("--adapter", served_export, *options) as server:

        async def leave():
            async with httpx.AsyncClient(timeout=60) as client:
                body = {"inputs": [LONG * 2] * 12}
                asked = [asyncio.create_task(client.post(server.url, json=body)) for _ in range(40)]
                await asyncio.to_thread(wait_for_queue, server, 30_000)
                for each in asked:
                    each.cancel()
                await asyncio.gather(*asked, return_exceptions=True)

        asyncio.run(leave())
        deadline = time.monotonic() + 20
        while number(server, "te_queue_size"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        # All of them together have more than 200,000 windows.
        assert number(server, "te_batch_next_size_sum") < 100_000
        assert post(server).status_code == 200


def test_a_request_that_takes_too_long_is_given_up(served_export):
    with serving("--adapter", served_export, "--max-queue", 1_000_000, "--request-timeout", 0.2) as server:
        late = post(server, {"inputs": [LONG * 2] * 12})
        assert (late.status_code, late.json()["error_type"]) == (504, "overloaded")
        deadline = time.monotonic() + 20
        while post(server).status_code != 200:
            assert time.monotonic() < deadline


@pytest.mark.slow
def test_several_workers_behind_one_port(served_export):
    with serving("--adapter", f"cool={served_export}", "--workers", 2, "--max-queue", 1_000_000) as server:
        deadline = time.monotonic() + 60
        while number(server, "hf_sentiment_reviews_total") < 1 or len(server.entries("ready")) < 2:
            assert post(server).status_code in (200, 503) and time.monotonic() < deadline
        before = number(server, "hf_sentiment_reviews_total")
        with ThreadPoolExecutor(8) as pool:
            assert {each.status_code for each in pool.map(lambda _: post(server), range(64))} == {200}
        # The numbers of both together, whichever is asked.
        assert number(server, "hf_sentiment_reviews_total") == before + 64
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(post, server, {"inputs": [LONG] * 12})
            wait_for_queue(server, 1)
            assert slow.result().status_code == 200
        assert server.end(signal.SIGINT) == 130


@pytest.mark.slow
def test_workers_end_with_their_supervisor(served_export):
    with serving("--adapter", served_export, "--workers", 2) as server:
        family = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        _, alive = psutil.wait_procs(family, timeout=60)
        assert len(family) >= 2 and not alive
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/health")


@pytest.mark.slow
def test_a_worker_that_cannot_start_ends_all(tmp_path):
    with serving("--adapter", tmp_path, "--backend", "torch", "--workers", 2, ready=False) as server:
        assert server.wait(120) == 2
        assert "A worker could not start" in server.log[-1]


def test_an_adapter_that_cannot_be_opened_ends_it_with_one_sentence(tmp_path):
    with serving("--adapter", tmp_path / "none", ready=False) as server:
        assert server.wait() == 2
        assert server.log[-1].startswith("hf-sentiment: There is no adapter")


def test_a_port_that_is_taken(server):
    import subprocess
    import sys

    words = [sys.executable, "-m", "hf_sentiment.cli", "serve", "--port", str(server.port)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "give another --port" in ended.stderr


def test_pages_of_an_allowed_origin_may_ask(served_export):
    origin = "https://shop.example.com"
    with serving("--adapter", served_export, "--cors-origin", origin) as server:
        answer = httpx.post(server.url, json=REVIEW, headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin


def test_traces_say_where_and_how_long_but_not_what(served_export):
    received = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    collector = HTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=collector.serve_forever, daemon=True).start()
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with serving("--adapter", served_export, "--telemetry", **environment) as server:
        post(server, {"inputs": "a secret review"})
        deadline = time.monotonic() + 30
        while not any(b"POST /" in each for each in received):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    collector.shutdown()
    collector.server_close()
    assert not any(b"secret" in each for each in received)


def test_the_log_is_json(served_export):
    with serving("--adapter", served_export) as server:
        post(server)
        # A request is logged after its answer: a server that is told to end has logged it.
        server.end()
    entries = [json.loads(line) for line in server.log]
    (request,) = [entry for entry in entries if entry.get("route") == "/"]
    assert (request["status"], request["method"]) == (200, "POST") and request["ms"] > 0

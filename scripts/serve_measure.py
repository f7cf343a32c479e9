"""The measurements of benchmark_serve.py: one server, its overload, several adapters."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from serve_systems import SYSTEMS, Server, System, ask_worker, free_port, ours_command

SHARES = (25, 50, 75, 90)
# More than the server lets wait, so that it is the server that refuses.
OVERLOAD_CONNECTIONS = 1500
OFFLINE_SECONDS, AUTOCANNON_SECONDS = 600, 60
AUTOCANNON_CONNECTIONS = 8
OFFLINE_ROUNDS = 3


class Benchmark:
    """The measurements of one run.

    Args:
        arguments: of the command.
        work: a folder for exports, requests and logs.
    """

    def __init__(self, arguments: argparse.Namespace, work: Path) -> None:
        from hf_sentiment.adapter.folder import find_adapter
        from hf_sentiment.core.config import SentimentConfig
        from hf_sentiment.core.rendering import render_rows
        from hf_sentiment.reviews.dataset import load_split
        from hf_sentiment.reviews.options import DataOptions

        self.arguments, self.work = arguments, work
        self.adapter = find_adapter(arguments.adapter)
        config = SentimentConfig.load(self.adapter)
        data = load_split(DataOptions(arguments.data, labels=config.labels), "test", size=arguments.reviews)
        self.texts, self.labels = render_rows(data, config), config.labels
        self.folders = {"adapter": str(self.adapter), "base_model": None, "merged": str(work / "merged")}
        words = ["export", arguments.adapter, "--format", "merged", "--output-dir", self.folders["merged"]]
        subprocess.run([sys.executable, "-m", "hf_sentiment.cli", *words], check=True, capture_output=True, timeout=300)
        (work / "task.json").write_text(json.dumps({"texts": self.texts, "folders": self.folders}))
        middle = statistics.median_low(map(len, self.texts))
        self.middle = next(place for place, text in enumerate(self.texts) if len(text) == middle)

    def system(self, name: str) -> dict:
        """Measure one server."""
        system = SYSTEMS[name]
        offline = self._offline(system)
        seconds, connections = self.arguments.seconds, self.arguments.connections
        with self._server(name, system) as server:
            server.send(seconds=min(3, seconds), connections=connections)
            single = server.send(seconds=60, connections=1, count=self.arguments.singles, keep_bodies=True)
            processor = server.processor_seconds()
            closed = server.send(seconds=seconds, connections=connections)
            processor = server.processor_seconds() - processor
            capacity = _capacity(closed)
            planned = {
                str(share): server.send(
                    seconds=self.arguments.open_seconds,
                    rate=capacity * share / 100,
                    arrivals=self.arguments.arrivals,
                    connections=4 * connections,
                    seed=share,
                )
                for share in SHARES
            }
            row = {"rss_mib": server.rss_mib(), "start_seconds": server.start_seconds}
            if self.arguments.autocannon:
                row["second_opinion"] = self._second_opinion(server, system, capacity / 2)
        bodies = [body for body in single.pop("bodies") if body is not None]
        same = [label_of(body) == self.labels[number] for body, number in zip(bodies, offline["labels"], strict=False)]
        phases = [single, closed, *planned.values()]
        statuses = sum((Counter(phase["statuses"]) for phase in phases), Counter())
        half = planned["50"]["p99_ms"]
        return row | {
            "capacity": capacity,
            "offline": offline["rate"],
            "share_of_offline": capacity / offline["rate"],
            "per_processor_second": closed["answered_200"] / processor,
            "single_ms": single["p50_ms"],
            "p99_at_half_per_single": half / single["p50_ms"] if half and single["p50_ms"] else None,
            "same_labels": sum(same) / len(same) if same else None,
            "statuses": dict(statuses),
            "single": single,
            "closed": closed,
            "open": planned,
        }

    def overload(self, name: str) -> dict:
        """Send twice as many requests as a server can answer, for long, and watch its memory."""
        seconds, connections = self.arguments.overload, self.arguments.connections
        with self._server(name, SYSTEMS[name]) as server:
            server.send(seconds=min(3, self.arguments.seconds), connections=connections)
            capacity = _capacity(server.send(seconds=self.arguments.seconds, connections=connections))
            memory: list[float] = []
            done = threading.Event()

            def sample() -> None:
                # Until the load ends; the sender then still waits for answers.
                while len(memory) < seconds and not done.wait(1.0):
                    memory.append(server.rss_mib())

            watcher = threading.Thread(target=sample)
            watcher.start()
            try:
                result = server.send(
                    seconds=seconds,
                    rate=2 * capacity,
                    arrivals=self.arguments.arrivals,
                    connections=OVERLOAD_CONNECTIONS,
                )
            finally:
                done.set()
                watcher.join()
        tenth = max(1, len(memory) // 10)
        first, last = statistics.mean(memory[:tenth]), statistics.mean(memory[-tenth:])
        row = {
            "planned_seconds": seconds,
            "capacity": capacity,
            "rate": 2 * capacity,
            "first_mib": first,
            "last_mib": last,
        }
        row |= {"growth": last / first - 1, "memory_mib": memory}
        if others := set(result["statuses"]) - {"200", "429"}:
            print(f"  {name} under overload also answered {', '.join(sorted(others))}", file=sys.stderr)
        return row | result

    def adapters(self, backend: str, dtype: str) -> dict:
        """Compare the throughput with several adapters, asked in turn, with that of one of them."""
        count = self.arguments.adapters
        copies = {f"a{place}": self.work / "adapters" / f"a{place}" for place in range(count)}
        for copy in copies.values():
            shutil.copytree(self.adapter, copy, dirs_exist_ok=True)
        row: dict[str, Any] = {}
        for key, names in (("one", ["a0"]), ("several", list(copies))):
            paths = [f"/models/{names[place % len(names)]}" for place in range(len(self.texts))]
            requests = self._requests([[path, {"inputs": text}] for path, text in zip(paths, self.texts, strict=True)])
            port = free_port()
            command = ours_command(sys.executable, port, [f"{each}={copies[each]}" for each in names], backend, dtype)
            with Server(command, port, "/ready", requests, self.work / "adapters.log") as server:
                connections = self.arguments.connections
                server.send(seconds=min(3, self.arguments.seconds), connections=connections)
                row[f"{key}_phase"] = server.send(seconds=self.arguments.seconds, connections=connections)
                row[key], row[f"{key}_mib"] = _capacity(row[f"{key}_phase"]), server.rss_mib()
        return row | {"cost": 1 - row["several"] / row["one"]}

    def _requests(self, requests: list[list]) -> Path:
        file = self.work / "requests.json"
        file.write_text(json.dumps(requests))
        return file

    def _python(self, system: System) -> str:
        return os.path.abspath(getattr(self.arguments, system.python)) if system.python else sys.executable

    def _server(self, name: str, system: System) -> Server:
        requests = self._requests([[system.path, system.body(text)] for text in self.texts])
        port = free_port()
        command = system.command(self._python(system), self.folders, port)
        return Server(command, port, system.ready, requests, self.work / "server.log")

    def _offline(self, system: System) -> dict:
        """Reviews per second without a server, and the labels' numbers."""
        script = Path(__file__).with_name("benchmark.py")
        command = [self._python(system), str(script), "--work", str(self.work), "--serve", system.offline]
        rounds = ask_worker(command, OFFLINE_ROUNDS, OFFLINE_SECONDS)
        seconds = statistics.median(each["seconds"] for each in rounds)
        return {"rate": len(self.texts) / seconds, "labels": rounds[0]["labels"]}

    def _second_opinion(self, server: Server, system: System, rate: float) -> dict:
        """The p99 of autocannon, which sends one review, and of our sender with the same one.

        autocannon sends each connection's requests of a second one after another from the beginning of that second, so
        its load comes in bursts of as many requests as it has connections.
        """
        seconds, connections = round(self.arguments.open_seconds), AUTOCANNON_CONNECTIONS
        here = server.send(seconds=seconds, rate=rate, arrivals="constant", connections=connections, only=self.middle)
        words = ["-R", str(max(1, round(rate))), "-c", str(connections), "-d", str(seconds), "-j", "-m", "POST"]
        words += ["-H", "content-type=application/json", "-b", json.dumps(system.body(self.texts[self.middle]))]
        done = subprocess.run(
            ["npx", "--yes", "autocannon", *words, f"http://127.0.0.1:{server.port}{system.path}"],
            capture_output=True,
            text=True,
            timeout=seconds + AUTOCANNON_SECONDS,
        )
        if done.returncode:
            raise RuntimeError(f"autocannon: {(done.stderr.strip().splitlines() or ['it failed'])[-1][:200]}")
        theirs = json.loads(done.stdout)
        return {
            "autocannon_p50_ms": theirs["latency"]["p50"],
            "autocannon_p99_ms": theirs["latency"]["p99"],
            "autocannon_not_200": theirs["non2xx"] + theirs["errors"],
            "same_review_p50_ms": here["p50_ms"],
            "same_review_p99_ms": here["p99_ms"],
        }


def _capacity(closed: dict) -> float:
    """Reviews per second, with the time until the last of them was answered."""
    if not closed["answered_200"]:
        raise RuntimeError(f"no review was answered: {closed['statuses']}")
    return closed["answered_200"] / closed["seconds"]


def label_of(body: str) -> str | None:
    """The label with the best score in the answer of any of the servers."""
    best, rest = {"label": None, "score": -1.0}, [json.loads(body)]
    while rest:
        each = rest.pop()
        if isinstance(each, dict) and "label" in each:
            best = max(best, each, key=lambda entry: entry["score"])
        elif isinstance(each, dict | list):
            rest += each.values() if isinstance(each, dict) else each
    return best["label"]

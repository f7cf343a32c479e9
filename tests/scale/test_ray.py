"""Actors of a real Ray: of one that is started here, and of a cluster that is joined."""

import os
import pickle
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from ray_parts import PATIENCE, end, family, head, named, ray_folder
from review_files import reviews, write
from scale_parts import content
from scale_workers import KILLER, open_hasher

from hf_sentiment.cli import main
from hf_sentiment.errors import SentimentError
from hf_sentiment.scale.score_folder import FolderOptions, score_folder

pytestmark = [pytest.mark.slow, pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra ray")]
OPTIONS = FolderOptions(chunk_rows=10, unit_rows=20)
SUPPORT = Path(__file__).parents[1] / "support"
ACTOR = "ray::ScoringActor"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """A home folder and a folder of Ray's own; actors can import the scorers of the tests."""
    # Ray sets the mode itself, which ends with the test, and reads the token only once in a process.
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.delenv("RAY_AUTH_MODE")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "of all tests in this process")
    # Read when it is imported, and set by a pool.
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SUPPORT), str(SUPPORT.parents[1])]))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    with ray_folder() as folder:
        monkeypatch.setenv("RAY_TMPDIR", str(folder))
        yield tmp_path / "home"


@pytest.fixture
def whole(folder, tmp_path):
    """What processes of this machine write."""
    score_folder(open_hasher, str(folder), str(tmp_path / "whole"), OPTIONS)
    return content(tmp_path / "whole")


def run(folder, name="out", make_pool=None, **options):
    from hf_sentiment.scale.engines.ray import RayPool

    target = str(folder.parent / name)
    return score_folder(open_hasher, str(folder), target, replace(OPTIONS, **options), make_pool=make_pool or RayPool)


def environment(**changes):
    """That of a process on which Ray has left nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_AUTH", "RAY_ENABLE"))}
    return kept | {"SCALE_ENGINE": "ray"} | changes


@contextmanager
def driver(*words, **changes):
    """A driver as a process of its own; of it and its Ray, nothing is left at the end."""
    command = [sys.executable, str(SUPPORT / "scale_driver.py"), *map(str, words)]
    process = subprocess.Popen(command, env=environment(**changes), stdout=subprocess.PIPE, text=True)
    seen = []
    try:
        yield process, seen
    finally:
        seen += family(process.pid)
        process.kill()
        process.wait()
        end(seen)


def finished(*words, **changes):
    """The exit status of a driver, and what it told."""
    with driver(*words, **changes) as (process, _):
        told, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, told


def wait_for(condition, process):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


def listening_elsewhere(processes):
    """The addresses other than loopback at which processes listen."""
    found = {
        each.laddr.ip
        for process in named(processes, "")
        for each in process.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN
    }
    assert found
    return found - {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


def test_actors_write_what_processes_write_and_no_review_travels(folder, tmp_path):
    import ray

    from hf_sentiment.scale.engines.ray import RayPool

    rows = reviews(45)
    rows[12]["review"] = f"a {KILLER} of processes"
    write(folder / "a.csv", rows)
    score_folder(open_hasher, str(folder), str(tmp_path / "whole"), OPTIONS)
    sent = []

    class Seen(RayPool):
        """A pool that notes what it hands to Ray, and what it is given."""

        def submit(self, slot, task):
            sent.append(pickle.dumps(task))
            super().submit(slot, task)

        def wait(self):
            events = super().wait()
            sent.extend(pickle.dumps(event.outcome) for event in events)
            return events

    result = run(folder, make_pool=Seen, workers=2)
    assert (result.rows, result.rejected, result.complete) == (103, 1, True)
    assert content(tmp_path / "out") == content(tmp_path / "whole")
    assert not ray.is_initialized()
    texts = [row["review"].encode() for row in rows if len(row["review"]) > 3]
    assert texts and not any(text in message for text in texts for message in sent)
    assert max(map(len, sent)) < 2000


def test_killed_actors_change_nothing(folder, tmp_path, whole):
    from hf_sentiment.scale.engines.ray import RayPool

    killed = []

    class Killed(RayPool):
        """A pool of which an actor is killed after every second event, until three are.

        More could hit one unit again and again, and a review that ends its worker twice, alone, is rejected.
        """

        events = 0

        def wait(self):
            found = super().wait()
            self.events += 1
            for process in named(family(os.getpid()), ACTOR)[: self.events % 2 if len(killed) < 3 else 0]:
                process.kill()
                killed.append(process.pid)
            return found

    result = run(folder, make_pool=Killed, workers=2)
    assert result.complete and len(set(killed)) >= 2
    assert content(tmp_path / "out") == whole


def test_a_driver_begins_again_at_once_after_it_was_killed(folder, tmp_path, whole, home):
    output = tmp_path / "out"
    for _ in range(2):
        with driver(folder, output, SLOW_HASHER="1") as (process, processes):
            wait_for(lambda p=process: named(family(p.pid), ACTOR), process)
            processes += family(process.pid)
            assert not listening_elsewhere(processes)
            process.kill()
            # The next driver does not wait for the end of what Ray has left.
            assert process.wait() < 0
            status, told = finished(folder, output, SLOW_HASHER="1")
            assert status == 0, told
            assert content(output) == whole
            # Ray's agents may take longer; they hold nothing that anybody needs.
            deadline = time.monotonic() + PATIENCE
            parts = [each for name in ("raylet", "gcs_server", ACTOR) for each in named(processes, name)]
            assert not psutil.wait_procs(parts, max(0, deadline - time.monotonic()))[1]
        output = tmp_path / "again"
    # A token there would change what `ray start` does from then on.
    assert not list(home.rglob("auth_token"))


def test_a_run_whose_ray_ends_is_ended_and_can_be_resumed(folder, tmp_path, whole):
    with driver(folder, tmp_path / "out", SLOW_HASHER="1") as (process, processes):
        wait_for(lambda: named(family(process.pid), ACTOR), process)
        processes += family(process.pid)
        named(processes, "raylet")[0].kill()
        told, _ = process.communicate(timeout=PATIENCE)
    # Ray may end the process itself, before it can say so.
    assert process.returncode == 1 or (process.returncode == 2 and "then give --resume" in told)
    assert finished(folder, tmp_path / "out")[0] == 0
    assert content(tmp_path / "out") == whole


def test_a_cluster_is_joined_and_left_running(folder, tmp_path, whole):
    with head(environment()) as (address, process):
        # The names are relative to the folder of the driver; the head was started in another one.
        here = {"SCALE_ADDRESS": address}
        assert finished(os.path.relpath(folder), os.path.relpath(tmp_path / "out"), **here)[0] == 0
        with driver(folder, tmp_path / "again", SLOW_HASHER="1", **here) as (killed, _):
            wait_for(lambda: named(family(process.pid), ACTOR), killed)
            killed.kill()
        status, told = finished(folder, tmp_path / "again", **here)
        assert status == 0, told
        assert content(tmp_path / "out") == content(tmp_path / "again") == whole
        status, told = finished(folder, tmp_path / "many", SCALE_WORKERS="3", **here)
        assert status == 2 and "has 2 processors for 3 actors: give fewer --workers" in told


def test_a_cluster_that_asks_for_a_token_is_joined_with_it(folder, tmp_path, whole, home):
    (home / ".ray").mkdir()
    (home / ".ray" / "auth_token").write_text("a token of the tests, long enough")
    with head(environment()) as (address, _):
        # Ray sends the token by itself only where it finds the cluster itself.
        status, told = finished(folder, tmp_path / "out", SCALE_ADDRESS=address)
        assert status == 2 and "set RAY_AUTH_MODE=token" in told
        for name, changes in (
            ("out", {"SCALE_ADDRESS": address, "RAY_AUTH_MODE": "token"}),
            ("auto", {"SCALE_ADDRESS": "auto"}),
        ):
            status, told = finished(folder, tmp_path / name, **changes)
            assert status == 0, told
            assert content(tmp_path / name) == whole


def test_a_cluster_that_cannot_be_reached_is_a_sentence(folder):
    from hf_sentiment.scale.engines.ray import RayPool

    with pytest.raises(SentimentError, match="Ray cannot be reached at 127.0.0.1:1 .*check --address"):
        run(folder, make_pool=lambda setup, size: RayPool(setup, size, "127.0.0.1:1"))


def test_the_command_line_has_the_engine(folder, tmp_path, binary_adapter, capsys):
    words = ["predict", "--adapter", str(binary_adapter), "--backend", "torch", "--dtype", "float32"]
    for engine in ("local", "ray"):
        output = str(tmp_path / engine)
        assert main([*words, "--input", str(folder), "--output", output, "--engine", engine, "--workers", "2"]) == 0
        assert "104 reviews scored, in 4 of 4 units" in capsys.readouterr().out
    assert content(tmp_path / "ray") == content(tmp_path / "local")

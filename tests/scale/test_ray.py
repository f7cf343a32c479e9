"""Actors of a real Ray that is started here."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from review_files import reviews, write
from scale_parts import content
from scale_workers import KILLER, open_hasher

from hf_sentiment.errors import SentimentError
from hf_sentiment.scale.score_folder import FolderOptions, score_folder

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow
OPTIONS = FolderOptions(chunk_rows=10, unit_rows=20)
SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture(autouse=True)
def _imports(monkeypatch):
    """Let the actors import the scorers of the tests."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SUPPORT), str(SUPPORT.parents[1])]))


def run(folder, name="out", make_pool=None, **options):
    from hf_sentiment.scale.engines.ray import RayPool

    target = str(folder.parent / name)
    return score_folder(open_hasher, str(folder), target, replace(OPTIONS, **options), make_pool=make_pool or RayPool)


def test_actors_write_what_processes_write(folder, tmp_path):
    rows = reviews(45)
    rows[12]["review"] = f"a {KILLER} of processes"
    write(folder / "a.csv", rows)
    score_folder(open_hasher, str(folder), str(tmp_path / "whole"), OPTIONS)
    result = run(folder, workers=2)
    assert (result.rows, result.rejected, result.complete) == (103, 1, True)
    assert content(tmp_path / "out") == content(tmp_path / "whole")
    assert not ray.is_initialized()


def test_killed_actors_change_nothing(folder, tmp_path):
    score_folder(open_hasher, str(folder), str(tmp_path / "whole"), OPTIONS)
    from hf_sentiment.scale.engines.ray import RayPool

    class Killed(RayPool):
        """A pool of which an actor is killed after every second event."""

        events = 0

        def wait(self):
            found = super().wait()
            self.events += 1
            slot = self._slots[0]
            if self.events % 2 and slot.ready:
                # The actor that died in the last event may be the one of this slot.
                with suppress(ray.exceptions.RayActorError):
                    os.kill(ray.get(slot.actor.process.remote()), signal.SIGKILL)
                    killed.append(slot)
            return found

    killed = []
    result = run(folder, make_pool=Killed, workers=2)
    assert result.complete and killed
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def test_a_cluster_that_cannot_be_joined_is_a_sentence(folder):
    from hf_sentiment.scale.engines.ray import RayPool

    with pytest.raises(SentimentError, match="Ray cannot be reached at 127.0.0.1:1"):
        run(folder, make_pool=lambda setup, size: RayPool(setup, size, "127.0.0.1:1"))


@contextmanager
def cluster():
    """A Ray cluster of one machine, which runs whoever joins it; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["start", "--head", "--block", f"--port={port}", "--num-cpus=2", "--include-dashboard=false"]
    limits = ["--object-store-memory=134217728", "--node-ip-address=127.0.0.1", "--disable-usage-stats"]
    command = [sys.executable, "-m", "ray.scripts.scripts", *words, *limits]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        # With --block, it ends the processes of the cluster, and no others.
        process.terminate()
        process.wait(60)


def test_a_cluster_is_joined_and_left_running(folder, tmp_path):
    from hf_sentiment.scale.engines.ray import RayPool

    score_folder(open_hasher, str(folder), str(tmp_path / "whole"), OPTIONS)
    with cluster() as address:
        for name in ("out", "again"):
            assert run(folder, name, make_pool=lambda setup, size: RayPool(setup, size, address), workers=2).complete
            assert content(tmp_path / name) == content(tmp_path / "whole")
        with pytest.raises(SentimentError, match="has 2 processors for 3 actors: give fewer --workers"):
            run(folder, "many", make_pool=lambda setup, size: RayPool(setup, size, address), workers=3)

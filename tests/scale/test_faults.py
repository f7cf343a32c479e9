import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from review_files import reviews, write
from scale_parts import content, rows_of
from scale_workers import KILLER, open_hasher, open_slow_hasher

from hf_sentiment.errors import SentimentError
from hf_sentiment.scale.culprits import MOST_DEATHS, UnitHistory
from hf_sentiment.scale.place import FileState
from hf_sentiment.scale.score_folder import FolderOptions, score_folder
from hf_sentiment.scale.unit import Unit
from hf_sentiment.scale.worker import Outcome, Task

OPTIONS = FolderOptions(chunk_rows=10, unit_rows=20)
SUPPORT = Path(__file__).parents[1] / "support"


def run(folder, name="out", progress=None, opener=open_hasher, **options):
    target = str(folder.parent / name)
    return score_folder(opener, str(folder), target, replace(OPTIONS, **options), progress=progress)


def driver(folder, name, **options):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(SUPPORT), str(SUPPORT.parents[1])])} | options
    command = [sys.executable, str(SUPPORT / "scale_driver.py"), str(folder), str(folder.parent / name)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_reviews_that_kill_the_process_are_rejected_and_no_other(folder, tmp_path):
    rows = reviews(45)
    rows[5]["review"] = rows[12]["review"] = f"a {KILLER} of processes"
    write(folder / "a.csv", rows)
    result = run(folder)
    assert (result.rows, result.rejected, result.complete) == (102, 2, True)
    (kept,) = (path.read_text().splitlines() for path in (tmp_path / "out" / "_rejects").iterdir())
    assert [(json.loads(line)["row"], json.loads(line)["reason"][:34]) for line in kept] == [
        (6, "The review ended the process that "),
        (13, "The review ended the process that "),
    ]
    assert [row["id"] for row in rows_of(tmp_path / "out")][:12] == [str(i) for i in range(14) if i not in (5, 12)]


def test_workers_killed_from_outside_change_nothing(folder, tmp_path):
    run(folder, "whole")
    killed = []

    def kill(finished, units):
        # Never at the end, when the workers have nothing to do.
        if finished < units - 2:
            victim = random.Random(finished).choice(multiprocessing.active_children())
            killed.append(victim.pid)
            os.kill(victim.pid, signal.SIGKILL)

    # The first call comes before there are workers.
    result = run(folder, progress=lambda *counts: multiprocessing.active_children() and kill(*counts), workers=2)
    assert result.complete and killed
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def test_a_file_that_changes_after_the_plan_is_refused_and_the_others_are_scored(folder, tmp_path):
    def meddle(finished, units):
        if finished == 1:
            write(folder / "small.csv", reviews(3))

    result = run(folder, progress=meddle)
    (failure,) = result.failures
    assert failure.file == "small.csv" and "changed since the run was planned" in failure.reason
    assert (result.rows, result.complete) == (102, False)


def test_a_second_driver_is_refused(folder, tmp_path):
    first = driver(folder, "out", SLOW_HASHER="1")
    while first.poll() is None and not (tmp_path / "out" / "_plan.parquet").exists():
        time.sleep(0.01)
    with pytest.raises(SentimentError, match="Another run of predict works on .*out: wait for it to end"):
        run(folder, resume=True)
    assert first.wait() == 0, first.stdout.read()
    assert run(folder, resume=True).was_complete


# Too small for the plan, and for a part.
@pytest.mark.parametrize("limit", ["500", "4000"])
def test_a_full_disk_is_a_sentence_and_the_run_can_be_resumed(folder, tmp_path, limit):
    full = driver(folder, "out", LARGEST_FILE=limit)
    told, error = full.communicate()
    assert full.returncode == 2 and "would be larger than files may be here" in told and not error
    assert (tmp_path / "out" / "_plan.parquet").exists() == (limit == "4000")
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    assert run(folder, resume=True).rows == 104


def test_an_output_that_is_removed_ends_the_run(folder, tmp_path):
    def meddle(finished, units):
        if finished == 1:
            (tmp_path / "out").rename(tmp_path / "gone")

    with pytest.raises(SentimentError, match="out"):
        run(folder, progress=meddle)


def test_a_unit_whose_worker_always_dies_is_given_up():
    unit = Unit(0, "a.csv", FileState(1, 1), 0, None)
    history, task, deaths = UnitHistory(unit), Task("score", unit), 0
    while task is not None:
        died = task.kind == "score"
        deaths += died
        task = history.next_task(task, None if died else Outcome(rows=40))
    assert deaths == MOST_DEATHS and not history.rejected


def test_workers_that_cannot_start_end_the_run(folder):
    class Unpicklable:
        def __call__(self):
            return open_hasher()

    with pytest.raises(Exception, match="pickle"):
        run(folder, opener=Unpicklable())


@pytest.mark.slow
def test_killed_drivers_lose_and_double_nothing(folder, tmp_path):
    run(folder, "whole")
    chance = random.Random(7)
    for _ in range(6):
        process = driver(folder, "out", SLOW_HASHER="1")
        time.sleep(chance.uniform(0.2, 2.5))
        process.kill()
        process.wait()
    last = driver(folder, "out", SLOW_HASHER="1")
    assert last.wait() == 0, last.stdout.read()
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def test_workers_end_with_their_driver(folder, tmp_path):
    process = driver(folder, "out", SLOW_HASHER="1")
    children = []
    while process.poll() is None and not children:
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
        children = listed.stdout.split()
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}/cmdline").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children and not any(Path(f"/proc/{pid}/cmdline").exists() for pid in children)
    assert run(folder, resume=True, opener=open_slow_hasher).complete

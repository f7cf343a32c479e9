"""Searches that share the trials of one database, as on several machines, and one of which is killed."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest
from optuna.trial import TrialState
from postgres import postgres_server
from tiny import tiny_reviews, write_csv

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.search.space import Space
from hf_sentiment.training.search.storage import SharedStorage
from hf_sentiment.training.search.storage_url import engine_url, without_password
from hf_sentiment.training.search.study import Study, is_over

GRID = {"learning_rate": [1e-2, 1e-3, 1e-4], "lora_r": [2, 4]}
SPACE = "sampler: grid\noptions: {learning_rate: [1.0e-2, 1.0e-3], lora_r: [2, 4]}\nfixed: {epochs: 1}\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shared.db'}"
        return
    with postgres_server() as url:
        yield url


def open_study(url, place, options=None, sampler="grid"):
    study = Study(None, Space(sampler, options or GRID), 6, 1, SharedStorage(url, "search", 1, place))
    study.begin({"lora_r": 8})
    return study


def test_searches_share_a_grid_and_take_each_setting_once(storage):
    first, second = open_study(storage, "here"), open_study(storage, "there")
    assert first.trains_winner and not second.trains_winner
    tried = [study.space.suggest(study.ask()) for study in (first, second, second, first, second, first)]
    assert sorted(tried, key=str) == sorted(first.space.combinations(), key=str)
    assert not first.open() and second.ask() is None
    with pytest.raises(SentimentError, match="was begun with another lora_r"):
        Study(None, first.space, 6, 1, SharedStorage(storage, "search", 1, "elsewhere")).begin({"lora_r": 4})
    # Another name is another search.
    other = Study(None, first.space, 6, 1, SharedStorage(storage, "other", 1, "elsewhere"))
    other.begin({"lora_r": 4})
    assert other.trains_winner and other.open()


DEAD = """
import os, signal, sys
from hf_sentiment.training.search.space import Space
from hf_sentiment.training.search.storage import SharedStorage
from hf_sentiment.training.search.study import Study
url, sampler = sys.argv[1:]
options = {"learning_rate": [1e-2, 1e-3, 1e-4], "lora_r": [2, 4]}
study = Study(None, Space(sampler, options), 6, 1, SharedStorage(url, "search", 1, "dead"))
study.begin({"lora_r": 8})
trial = study.ask()
with study.alive(trial):
    print(trial.number, study.space.suggest(trial), flush=True)
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["grid", "tpe"])
def test_the_trial_of_a_killed_process_is_given_back_and_no_other(storage, sampler):
    here = open_study(storage, "here", sampler=sampler)
    command = [sys.executable, "-c", DEAD, storage, sampler]
    killed = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    number, settings = killed.stdout.readline().strip().split(" ", 1)
    mine = here.ask()
    with here.alive(mine):
        # Longer than a trial may be silent: a living one stays.
        time.sleep(5)
        here.open()
        assert {trial.state for trial in here.all()} <= {TrialState.RUNNING, TrialState.WAITING}
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
        deadline = time.monotonic() + 60
        while here.all()[int(number)].state == TrialState.RUNNING:
            assert time.monotonic() < deadline
            time.sleep(0.2)
            assert here.open()
    dead = here.all()[int(number)]
    assert dead.state == TrialState.FAIL and not is_over(dead)
    retried = [trial for trial in here.all() if trial.number != dead.number and trial.params == dead.params]
    assert [trial.state for trial in retried] == [TrialState.WAITING] and str(dead.params) == settings
    here.space.suggest(mine)
    here.complete(mine, 0.5)
    while here.open():
        trial = here.ask()
        here.space.suggest(trial)
        here.complete(trial, 0.5)
    assert here.finished() == 6


def search(folder, storage, options, *more):
    flags = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "hf_sentiment.cli", "search", *flags, "--storage", storage, "--heartbeat", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, "--output-dir", str(folder), *more], stdout=subprocess.PIPE, text=True, env=environment
    )


@pytest.mark.slow
def test_two_searches_end_with_the_same_table_although_one_worker_was_killed(storage, tiny_base, tmp_path):
    (tmp_path / "space.yaml").write_text(SPACE)
    options = {
        "recipe": "base",
        "dataset": write_csv(tmp_path / "reviews.csv", tiny_reviews(60)),
        "base-model": "user/tiny-bert",
        "space": tmp_path / "space.yaml",
        "max-length": 48,
        "use-cpu": True,
    }
    begun = search(tmp_path / "first", storage, options)
    assert any(line.startswith("trial:") for line in begun.stdout)
    joined = search(tmp_path / "second", storage, options)
    third = search(tmp_path / "third", storage, options)
    # Killed within a trial, if it gets one; the first search may be faster.
    for line in third.stdout:
        if line.startswith("trial:"):
            break
    os.kill(third.pid, signal.SIGKILL)
    third.wait()
    told = [process.communicate()[0] for process in (begun, joined)]
    assert begun.returncode == joined.returncode == 0
    tables = [list(csv.reader((tmp_path / name / "trials.csv").open())) for name in ("first", "second")]
    assert tables[0] == tables[1] and len(tables[0]) == 5
    assert (tmp_path / "first" / "best" / "adapter_model.safetensors").exists()
    assert not (tmp_path / "second" / "best").exists() and "trains the winner" in told[1]
    assert (tmp_path / "second" / "best.yaml").exists()


def test_urls_name_the_driver_and_hide_the_password():
    assert engine_url("sqlite:///trials.db") == "sqlite:///trials.db"
    assert without_password("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    with pytest.raises(SentimentError, match="--storage is no URL of a database"):
        engine_url("trials.db")


def test_postgresql_gets_its_driver():
    pytest.importorskip("psycopg")
    assert engine_url("postgres://me:secret@host/db") == "postgresql+psycopg://me:secret@host/db"


def test_a_storage_that_cannot_be_opened_is_named(tmp_path):
    url = f"sqlite:///{tmp_path / 'missing' / 'trials.db'}"
    with pytest.raises(SentimentError, match="The storage sqlite:///.* cannot be used"):
        SharedStorage(url, "search", 1, "here").open()

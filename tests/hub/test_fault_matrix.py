"""Whatever the Hub does at any request, a publication is old or new, and a fetched adapter is whole or refused.

`make faults` prints the counts.
"""

import os
import re
import subprocess
import sys
import time
from collections import Counter

import pytest
from hub_adapter import contents
from hub_matrix import KINDS, attempt, cases, show
from tiny import save_tiny_base

from hf_sentiment.adapter import download
from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.adapter.folder import answer_files, find_adapter
from hf_sentiment.hub import commit, publish
from hf_sentiment.hub.publish_error import Outcome, PublishError

pytestmark = pytest.mark.slow

TOKEN = "hf_test"
# Seconds: for all requests of a call, for asking what became of a commit, and for the pauses of huggingface_hub.
TIMEOUT, TO_ASK, PAUSES = 3.0, 3.0, 10.0
WHOLE = "/resolve/[0-9a-f]{40}/"
PUBLISHING = {
    "login": ("GET", "/whoami-v2", 0),
    "create": ("POST", "/repos/create", 0),
    "tags": ("GET", "/refs$", 0),
    "head": ("GET", "/api/models/user/[^/]+$", 0),
    "list": ("GET", "/tree/", 0),
    "find the card": ("HEAD", f"{WHOLE}README.md", 0),
    "read the card": ("GET", f"{WHOLE}README.md", 0),
    "check the card": ("POST", "/validate-yaml", 0),
    "plan the upload": ("POST", "/preupload/", 0),
    "begin the upload": ("POST", "/objects/batch", 0),
    "upload": ("PUT", "/storage/", 0),
    "end the upload": ("POST", "/objects/verify", 0),
    "commit": ("POST", "/commit/", 0),
    "list what is there": ("GET", "/tree/", 1),
    "find what is there": ("HEAD", WHOLE, 1),
    "read small files": ("GET", WHOLE, 1),
    "read large files": ("GET", "/storage/", 0),
    "tag": ("POST", "/tag/", 0),
}
LOADING = {
    "list": ("GET", "/tree/", 0),
    "find the config": ("HEAD", "/adapter_config.json", 0),
    "read the config": ("GET", "/adapter_config.json", 0),
    "revision": ("GET", "/revision/", 0),
    "list the commit": ("GET", "/tree/", 1),
    "find the files": ("HEAD", WHOLE, 0),
    "read small files": ("GET", WHOLE, 0),
    "read large files": ("GET", "/storage/", 0),
}


def files_of(hub, repo_id: str) -> dict[str, bytes]:
    """The files of a repository, whatever its name."""
    return {name: data.replace(repo_id.encode(), b"REPO") for name, data in hub.repo_files(repo_id).items()}


@pytest.fixture
def old_and_new(hub, binary_adapter, three_class_adapter):
    """What a repository holds before and after the second publication."""
    publish(binary_adapter, "user/reference", token=TOKEN)
    old = files_of(hub, "user/reference")
    publish(three_class_adapter, "user/reference", token=TOKEN)
    return old, files_of(hub, "user/reference")


@pytest.fixture
def published(hub, binary_adapter, old_and_new):
    """Lays the first publication into a repository."""
    old, _ = old_and_new

    def put(repo_id: str) -> str:
        hub.add_commit(repo_id, {name: data.replace(b"REPO", repo_id.encode()) for name, data in old.items()})
        return repo_id

    return put


def test_a_publication_is_old_or_new(hub, published, old_and_new, three_class_adapter, monkeypatch):
    monkeypatch.setattr(commit, "SECONDS_TO_ASK", TO_ASK)
    old, new = old_and_new
    counts: Counter[str] = Counter()
    for step, kind in cases(hub, PUBLISHING):
        repo_id = published(f"user/{step}-{kind}".replace(" ", "-"))

        def again(repo_id: str = repo_id) -> None:
            publish(three_class_adapter, repo_id, token=TOKEN, tag="v1", timeout=TIMEOUT)

        error = attempt(again, counts, TIMEOUT + TO_ASK + PAUSES)
        there = files_of(hub, repo_id)
        state = "old" if there == old else "new" if there == new else "mixture"
        counts[state] += 1
        outcome = error.outcome if isinstance(error, PublishError) else Outcome.REFUSED if error else None
        expected = {None: "new", Outcome.PUBLISHED: "new", Outcome.UNKNOWN: state}.get(outcome, "old")
        if state != expected:
            counts["untrue"] += 1
            print(f"{step}, {kind}: {state} after {error!r}")
    show("Publishing", counts, "old", "new", "mixture", "untrue")
    assert counts["cases"] == len(PUBLISHING) * len(KINDS) and counts["old"] and counts["new"]
    assert not any(counts[name] for name in ("mixture", "untrue", "tracebacks", "waits over the limit"))


def test_an_adapter_is_fetched_whole_or_refused(hub, binary_adapter, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "SECONDS_PER_ANSWER", 0.5)
    monkeypatch.setattr(download, "SECONDS", TIMEOUT)
    monkeypatch.setattr(download, "PAUSES", (0.1, 0.1))
    files = contents(binary_adapter)
    hub.add_commit("user/to-load", files)
    counts: Counter[str] = Counter()
    for number, (step, kind) in enumerate(cases(hub, LOADING)):
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / str(number)))
        fetched = []
        error = attempt(lambda fetched=fetched: fetched.append(find_adapter("user/to-load")), counts, TIMEOUT + PAUSES)
        whole = bool(fetched) and all(
            (fetched[0] / name).read_bytes() == files[name.as_posix()] for name in answer_files(binary_adapter)
        )
        counts["whole" if whole else "refused" if error else "mixture"] += 1
        if fetched and not whole:
            print(f"{step}, {kind}: not whole")
    show("Loading an adapter", counts, "whole", "refused", "mixture")
    assert counts["cases"] == len(LOADING) * len(KINDS) and counts["whole"] and counts["refused"]
    assert not any(counts[name] for name in ("mixture", "tracebacks", "waits over the limit"))


def test_a_base_is_fetched_whole_or_refused(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "SECONDS_PER_ANSWER", 0.5)
    monkeypatch.setattr(download, "SECONDS", TIMEOUT)
    monkeypatch.setattr(download, "PAUSES", (0.1, 0.1))
    files = contents(save_tiny_base(tmp_path / "base"))
    hub.add_commit("user/base-to-load", files)
    counts: Counter[str] = Counter()
    steps = {name: step for name, step in LOADING.items() if "config" not in name}
    for number, _ in enumerate(cases(hub, steps)):
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / str(number)))
        fetched = []
        error = attempt(
            lambda fetched=fetched: fetched.append(locate_base("user/base-to-load").path), counts, TIMEOUT + PAUSES
        )
        whole = bool(fetched) and contents(fetched[0]) == files
        counts["whole" if whole else "refused" if error else "mixture"] += 1
    show("Loading a base", counts, "whole", "refused", "mixture")
    assert counts["cases"] == len(steps) * len(KINDS) and counts["whole"] and counts["refused"]
    assert not any(counts[name] for name in ("mixture", "tracebacks", "waits over the limit"))


PUBLISH = "import sys; from hf_sentiment.hub import publish; publish(sys.argv[1], sys.argv[2], token=sys.argv[3])"


def publisher(folder: str, repo_id: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", PUBLISH, folder, repo_id, TOKEN], env=os.environ)


@pytest.mark.parametrize("work", [False, True])
@pytest.mark.parametrize("step", ["plan the upload", "upload", "commit", "list what is there"])
def test_a_killed_publication_is_old_or_new_and_the_next_one_completes_it(
    hub, published, old_and_new, three_class_adapter, step, work
):
    old, new = old_and_new
    repo_id = published(f"user/killed-{step}-{work}".replace(" ", "-"))
    method, path, after = PUBLISHING[step]
    hub.faults.hang(method, path, after=after, work=work)
    hub.requests.clear()
    process = publisher(three_class_adapter, repo_id)
    deadline = time.monotonic() + 120
    while sum(bool(re.search(f"^{method}.*{path}", request)) for request in hub.requests) <= after:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    process.kill()
    process.wait()
    hub.faults.clear()
    committed = step == "list what is there" or (step == "commit" and work)
    assert files_of(hub, repo_id) == (new if committed else old)
    publish(three_class_adapter, repo_id, token=TOKEN)
    assert files_of(hub, repo_id) == new


def test_of_two_publishers_one_is_there_whole(hub, published, old_and_new, binary_adapter, three_class_adapter):
    repo_id = published("user/two")
    processes = [publisher(folder, repo_id) for folder in (binary_adapter, three_class_adapter)]
    assert [process.wait(timeout=240) for process in processes] == [0, 0]
    assert files_of(hub, repo_id) in old_and_new

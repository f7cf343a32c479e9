"""Training on Hugging Face Jobs: the printed command in hf's own parser, and what is submitted."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub.cli.jobs import jobs_cli
from typer.main import get_command

from hf_sentiment.cli import main

CODE = "https://github.com/OWNER/REPOSITORY"
TRAINING = ["--dataset", "user/reviews", "--label-map", "1=Negative,5=Positive", "--push-to-hub", "user/adapter"]
WORDS = ["jobs", "train", "--code", CODE, "--flavor", "a10g-largex2", "--job-timeout", "3h", *TRAINING]
PACKAGE = f"hf-sentiment[embedded] @ git+{CODE}"
# What python runs on the machine.
SCRIPT = ["-m", "hf_sentiment.training.hf_job", "--dataset", "user/reviews", "--output-dir", "adapter", *TRAINING[2:]]


def commands(group):
    """The commands of hf's group, which huggingface_hub 1 builds with typer."""
    return group.commands if hasattr(group, "commands") else get_command(group).commands


@pytest.fixture
def printed(capsys):
    assert main(WORDS) == 0
    said = capsys.readouterr()
    assert "Nothing was submitted" in said.err
    return shlex.split(said.out)


def test_hfs_own_parser_reads_the_printed_command(hub, printed):
    assert printed[:4] == ["hf", "jobs", "uv", "run"] and hub.requests == []
    run = commands(jobs_cli)["uv"].commands["run"]
    found = run.make_context("run", printed[4:]).params
    assert (found["script"], list(found["script_args"])) == ("python", SCRIPT)
    assert (found["flavor"], found["timeout"], list(found["with_"])) == ("a10g-largex2", "3h", [PACKAGE])
    assert list(found["secrets"]) == ["HF_TOKEN"]


def test_run_submits_it_with_the_token(hub, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    assert main([*WORDS, "--run"]) == 0
    job = hub.jobs[-1]
    assert job["command"] == ["uv", "run", "--with", PACKAGE, "python", *SCRIPT]
    assert (job["flavor"], job["timeoutSeconds"], job["secrets"]) == ("a10g-largex2", 10800, {"HF_TOKEN": "hf_test"})
    said = capsys.readouterr().out
    assert f"Submitted: {hub.url}/jobs/user/{job['id']}" in said and f"hf jobs logs --follow {job['id']}" in said
    assert "hf_test" not in said


def test_the_printed_command_submits_the_same_job(hub, printed, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    assert main([*WORDS, "--run"]) == 0
    hf = Path(sys.executable).with_name("hf")
    command = [hf, *printed[1:4], "--detach", *printed[4:]]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours, theirs = hub.jobs[-2:]
    # The name is a hash of the command.
    assert ours | dict.fromkeys(("id", "createdAt", "labels")) == theirs | dict.fromkeys(("id", "createdAt", "labels"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dataset", "user/reviews"], "needs --code"),
        ([*WORDS[2:], "--flavor", "a10g-tiny", "--run"], "The job was not submitted: .*flavor"),
        ([*WORDS[2:], "--namespace", "somebody", "--run"], "The job was not submitted: .*403"),
        ([*WORDS[2:], "--license", "Apache 2"], "The card's licence is 'Apache 2'"),
        ([*WORDS[2:], "--flavour", "l4x1"], r"did you mean --flavor\?"),
    ],
)
def test_what_is_refused_is_one_sentence(hub, monkeypatch, capsys, words, message):
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    before = len(hub.jobs)
    assert main(["jobs", "train", *words]) == 2
    assert re.search(message, capsys.readouterr().err) and len(hub.jobs) == before


def test_without_a_token_nothing_is_sent(hub, monkeypatch, capsys):
    assert main([*WORDS, "--run"]) == 2
    assert "Submitting a job needs a token" in capsys.readouterr().err and hub.requests == []
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert main([*WORDS, "--run"]) == 2
    assert "does not accept the token" in capsys.readouterr().err


def test_a_submission_without_an_answer_is_not_repeated(hub, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    before = len(hub.jobs)
    hub.faults.fail_afterwards("POST", "/api/jobs/", 502)
    assert main([*WORDS, "--run"]) == 2
    assert "did not say whether it took the job" in capsys.readouterr().err and len(hub.jobs) == before + 1


def test_jobs_has_one_command(capsys):
    assert main(["jobs", "trian"]) == 2
    assert "did you mean train?" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["jobs", "--help"])
    assert ended.value.code == 0 and "--flavor" in capsys.readouterr().out

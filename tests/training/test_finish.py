"""A run that is killed while its finished folder is written leaves no adapter, and --resume completes it."""

import shutil
import signal
import subprocess
import sys

import pytest
from safetensors.torch import load_file
from tiny import tiny_reviews, write_csv
from training_commands import train_command

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.adapter.manifest import check_manifest

# Kills itself when it is about to move, or has written, so many files of the finished folder.
KILLED = """
import os, signal, sys
from hf_sentiment.cli import main
from hf_sentiment.training import finish, output_folder

moment, left = sys.argv[1], int(sys.argv[2])

def counted(function):
    def call(*arguments, **keywords):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **keywords)
    return call

if moment == "move":
    # Only this module's own calls: Trainer renames its checkpoints too.
    output_folder.os = type("Os", (), {**vars(os), "replace": staticmethod(counted(os.replace))})
else:
    finish.write_manifest, finish.write_card = counted(finish.write_manifest), counted(finish.write_card)
sys.exit(main(["train", *sys.argv[3:]]))
"""


@pytest.fixture(scope="module")
def whole(tiny_base, tmp_path_factory):
    """A finished run, and its reviews."""
    folder = tmp_path_factory.mktemp("finish")
    reviews = write_csv(folder / "reviews.csv", tiny_reviews(80))
    subprocess.run(train_command(folder / "whole", reviews, "--epochs", "2"), check=True, capture_output=True)
    return folder / "whole", reviews


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "left"), [("write", 0), ("write", 1), ("move", 0), ("move", 3), ("move", 6)])
def test_a_kill_at_any_moment_leaves_a_run_that_can_be_completed(whole, tmp_path, moment, left):
    finished, reviews = whole
    words = train_command(tmp_path / "killed", reviews, "--epochs", "2")
    options = words[2:]
    done = subprocess.run([sys.executable, "-c", KILLED, moment, str(left), *options], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    with pytest.raises(SentimentError, match="has no adapter_config.json"):
        hf_sentiment.load(tmp_path / "killed")
    again = subprocess.run([*words, "--resume"], check=True, capture_output=True)
    assert b"Resuming from checkpoint-" in again.stdout
    check_manifest(tmp_path / "killed")
    ours, theirs = (load_file(folder / "adapter_model.safetensors") for folder in (tmp_path / "killed", finished))
    assert all((ours[key] == theirs[key]).all() for key in theirs)
    assert not (tmp_path / "killed" / "checkpoints").exists()


@pytest.mark.slow
def test_an_earlier_adapter_is_replaced_whole(whole, tmp_path):
    finished, reviews = whole
    shutil.copytree(finished, tmp_path / "old")
    (tmp_path / "old" / "added_tokens.json").write_text("{}")
    (tmp_path / "old" / "notes.txt").write_text("mine")
    words = train_command(tmp_path / "old", reviews, "--epochs", "2", "--overwrite")
    subprocess.run(words, check=True, capture_output=True)
    check_manifest(tmp_path / "old")
    assert not (tmp_path / "old" / "added_tokens.json").exists()
    assert (tmp_path / "old" / "notes.txt").read_text() == "mine"

"""Several processes train one adapter, the same as one process does, and a dead one ends them all."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from several_processes import ENVIRONMENT, largest_difference, processes_command, train_in_processes
from tiny import tiny_reviews, write_csv

from hf_sentiment.errors import SentimentError
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.callbacks.checkpoints import checkpoint_to_resume, last_complete_checkpoint
from hf_sentiment.training.trainer_options import training_arguments

SUPPORT = Path(__file__).parents[1] / "support"
# The launcher looks every 0.1 s; the rest is for a machine that is busy.
BOUND = 60


@pytest.fixture
def reviews(tiny_base, tmp_path):
    # 51 training rows: the last step of an epoch has 3 of 8.
    return write_csv(tmp_path / "reviews.csv", tiny_reviews(83))


def test_the_main_process_decides_for_all():
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*launch, str(SUPPORT / "two_ranks.py")]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    lines = sorted(tuple(map(int, line.split(":"))) for line in done.stdout.split())
    returns = {rank: [each[2] for each in lines if each[0] == rank] for rank in (0, 1)}
    assert returns[0] == returns[1] == [0] * 15 + [1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ("--epochs", "3", "--ema-decay", "0.9"),
        ("--epochs", "3", "--upper-layers", "1", "--group-by-length", "false"),
        ("--epochs", "9", "--patience", "1", "--label-smoothing", "0.1"),
        # 33 rows of the second pass are in steps of their own.
        ("--epochs", "2", "--streaming", "true"),
    ],
    ids=["averaged", "upper layers", "stopped early", "stream"],
)
def test_two_processes_train_the_adapter_of_one(reviews, tmp_path, options):
    alone = train_in_processes(1, tmp_path / "alone", reviews, *options, "--batch-size", "8")
    together = train_in_processes(2, tmp_path / "together", reviews, *options, "--batch-size", "4")
    steps = [re.search(r"Trained (\d+) steps", told).group(1) for told in (alone, together)]
    assert steps[0] == steps[1]
    assert together.count("Adapter: ") == 1
    assert largest_difference(tmp_path / "alone", tmp_path / "together") < 1e-4


@pytest.mark.slow
def test_two_processes_learn_from_titles_what_one_does(reviews, tmp_path):
    # 107 rows: the last step of an epoch would have 11 of 32.
    rows = [{"title": row["text"].split()[0], "text": row["text"]} for row in tiny_reviews(107, seed=1)]
    options = ("--epochs", "1", "--unlabelled", str(write_csv(tmp_path / "more.csv", rows)))
    for processes, batch in ((1, "8"), (2, "4")):
        told = train_in_processes(processes, tmp_path / str(processes), reviews, *options, "--batch-size", batch)
        assert told.count("Learning from the titles of 107 reviews") == 1
    assert largest_difference(tmp_path / "1", tmp_path / "2") < 1e-4


@pytest.mark.slow
def test_a_recipe_is_chosen_once_for_all_processes(tmp_path):
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(60))
    words = ["--dataset", str(reviews), "--output-dir", str(tmp_path / "adapter"), "--use-cpu"]
    words += ["--epochs", "1", "--max-length", "24"]
    command = processes_command(2, tmp_path, reviews)
    command = [*command[: command.index("--dataset")], *words]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("Choosing a recipe by") == done.stdout.count("Recipe: ") == 1
    assert done.stdout.count("Adapter: ") == 1


def train_until_killed(folder, reviews, *options):
    """Two processes, one of which is killed after the first checkpoint; the launcher and the other one end in time."""
    command = processes_command(2, folder, reviews, *options)
    launcher = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | ENVIRONMENT)
    while last_complete_checkpoint(folder / "checkpoints") is None:
        assert launcher.poll() is None, "it ended before a process could be killed"
        time.sleep(0.01)
    workers = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
    assert len(workers) == 2
    os.kill(int(workers[1]), signal.SIGKILL)
    assert launcher.wait(BOUND) != 0
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rows", "stream"])
def test_a_killed_process_ends_the_run_which_other_numbers_of_processes_resume(reviews, tmp_path, kind):
    # Checkpoints within an epoch: the order of its rows must be drawn again.
    options = ("--epochs", "6", "--eval-steps", "5", "--patience", "99")
    options += ("--streaming", "true") if kind == "stream" else ("--ema-decay", "0.9")
    train_in_processes(1, tmp_path / "whole", reviews, *options, "--batch-size", "8")
    train_until_killed(tmp_path / "killed", reviews, *options, "--batch-size", "4")
    refused = subprocess.run(
        processes_command(1, tmp_path / "killed", reviews, *options, "--batch-size", "4", "--resume"),
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 2
    assert "read 8 reviews per step, and this one would read 4" in refused.stderr
    assert "give --batch-size 8" in refused.stderr
    told = train_in_processes(1, tmp_path / "killed", reviews, *options, "--batch-size", "8", "--resume")
    assert "Resuming from checkpoint-" in told
    assert largest_difference(tmp_path / "whole", tmp_path / "killed") < 1e-4


def test_a_checkpoint_of_other_steps_is_refused(tmp_path):
    arguments = TrainArguments(recipe="base", dataset="demo", output_dir=str(tmp_path), batch_size=8, use_cpu=True)
    options = training_arguments(arguments.resolved())
    assert checkpoint_to_resume(options) is None
    checkpoint = tmp_path / "checkpoints" / "checkpoint-7"
    checkpoint.mkdir(parents=True)
    for reviews, fits in ((8, True), (12, False)):
        (checkpoint / "complete").write_text(f'{{"reviews_per_step": {reviews}}}')
        if fits:
            assert checkpoint_to_resume(options) == str(checkpoint)
        else:
            with pytest.raises(SentimentError, match="read 12 reviews per step, and this one would read 8.*-size 12"):
                checkpoint_to_resume(options)
    # Earlier versions wrote no number.
    (checkpoint / "complete").write_text("")
    with pytest.raises(SentimentError, match="written by an earlier version of hf_sentiment: give --overwrite"):
        checkpoint_to_resume(options)

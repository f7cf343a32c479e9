import os
import signal
import subprocess

import pytest
from safetensors.torch import load_file
from tiny import tiny_reviews, write_csv
from training_commands import train_command

from hf_sentiment.training.callbacks.checkpoints import last_complete_checkpoint


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--ema-decay", "0.9", "--word-dropout", "0.1")])
def test_a_killed_run_resumes_to_the_same_adapter(tiny_base, tmp_path, options):
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(80))
    options = ("--epochs", "6", *options)
    subprocess.run(train_command(tmp_path / "whole", reviews, *options), check=True)
    killed = subprocess.Popen(train_command(tmp_path / "killed", reviews, *options), stderr=subprocess.DEVNULL)
    checkpoints = tmp_path / "killed" / "checkpoints"
    while last_complete_checkpoint(checkpoints) is None:
        assert killed.poll() is None, "it ended before it could be killed"
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    # What a kill within a save leaves behind: the highest number, and not all of it.
    (checkpoints / "checkpoint-9999").mkdir()
    (checkpoints / "checkpoint-9999" / "adapter_model.safetensors").write_bytes(b"half")
    resume = train_command(tmp_path / "killed", reviews, *options, "--resume")
    done = subprocess.run(resume, check=True, capture_output=True)
    # A run that starts over ends with the same weights.
    assert b"Resuming from checkpoint-" in done.stdout and b"checkpoint-9999" not in done.stdout
    whole, resumed = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "killed"))
    assert all((whole[key] == resumed[key]).all() for key in whole)

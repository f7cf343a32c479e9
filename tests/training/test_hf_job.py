"""What a job runs on its machine."""

import subprocess
import sys


def test_it_starts_training():
    """On this machine it finds no GPU, and torchrun starts a process for each processor; so only its help is asked."""
    command = [sys.executable, "-m", "hf_sentiment.training.hf_job", "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "--train-size" in done.stdout

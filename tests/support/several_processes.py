"""Training commands that run in several processes."""

import os
import subprocess
import sys
from pathlib import Path

from safetensors.torch import load_file
from training_commands import train_command

# One thread for each, and no dropout, which is drawn by each process for itself.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
EXACT = ("--dropout", "0", "--lora-dropout", "0", "--word-dropout", "0", "--use-cpu")


def processes_command(processes: int, folder: Path, reviews: Path, *more: str) -> list[str]:
    """`torchrun scripts/train.py` on CPUs; `python scripts/train.py` for one process."""
    launch = [sys.executable]
    if processes > 1:
        launch += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    return [*launch, *train_command(folder, reviews)[1:], *EXACT, *more]


def train_in_processes(processes: int, folder: Path, reviews: Path, *more: str) -> str:
    """Train to the end; returns what it printed."""
    command = processes_command(processes, folder, reviews, *more)
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def largest_difference(one: Path, other: Path) -> float:
    """Between the weights of two adapters, which have the same names."""
    first, second = (load_file(folder / "adapter_model.safetensors") for folder in (one, other))
    assert first.keys() == second.keys()
    return max(float((first[name] - second[name]).abs().max()) for name in first)

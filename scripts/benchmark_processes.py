"""Measure training with two processes of one thread each against one process with two threads, at equal steps.

python scripts/benchmark_processes.py [--rounds 3] [--steps 20] [--dataset demo]

Each step reads 16 reviews in both cases. The runs alternate, so that other work on the machine slows both of them; the
load is printed beside each round.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = Path(__file__).with_name("train.py")
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
REVIEWS = 16


def train(processes: int, dataset: str, steps: int, rows: int) -> float:
    """Reviews per second of a run, without its start and the evaluation on test rows."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"recipe": "minilm", "dataset": dataset, "output-dir": folder, "max-steps": steps, "train-size": rows}
        options |= {"eval-steps": steps, "validation-size": 16, "test-size": 16, "batch-size": REVIEWS // processes}
        options |= {"fit-head": "never", "overwrite": True, "use-cpu": True}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        launch = TORCHRUN if processes > 1 else []
        environment = os.environ | {"OMP_NUM_THREADS": str(2 // processes), "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, *launch, str(SCRIPT), *words]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    # Of the evaluation after the last step.
    return float(re.findall(r"([\d.]+) reviews/s", done.stdout)[-1])


def main() -> None:
    """Alternate the two, and print their speeds and the ratio of each round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--dataset", default="demo")
    options = parser.parse_args()
    ratios = []
    for number in range(options.rounds):
        one, two = (train(each, options.dataset, options.steps, REVIEWS * options.steps) for each in (1, 2))
        ratios.append(two / one)
        told = f"1 x 2 threads {one:.1f} reviews/s, 2 x 1 thread {two:.1f}"
        print(f"round {number + 1}: {told}, load {os.getloadavg()[0]:.1f}", flush=True)
    middle, least, most = statistics.median(ratios), min(ratios), max(ratios)
    print(f"2 processes are {middle:.2f} times as fast (median; {least:.2f} to {most:.2f})")


if __name__ == "__main__":
    main()

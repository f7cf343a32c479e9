"""Kill drivers, workers and actors at random moments, and check that no row is lost or doubled.

    python scripts/scale_faults.py --kills 50
    python scripts/scale_faults.py --kills 50 --engine ray

A run over a folder is killed again and again, and resumed, until it is complete; then another one begins. Each complete
output must equal that of an unbroken run, byte by byte, and hold each row once, in order. Needs psutil, which the
package's own dependencies bring, and for --engine ray the extra ray.
"""

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.reviews.sources import DEMO_FILE

# Files are small, so that each is a unit, and kills fall into reading, scoring and writing alike.
FILE_ROWS = 40
PREDICT = [sys.executable, "-m", "hf_sentiment.cli", "predict", "--backend", "openvino", "--dtype", "float32"]


def write_inputs(folder: Path, rows: int) -> None:
    """Write demo reviews, numbered, as CSV and Parquet files in turn."""
    folder.mkdir(parents=True)
    with DEMO_FILE.open(encoding="utf-8") as file:
        reviews = list(islice(cycle(csv.DictReader(file)), rows))
    for start in range(0, rows, FILE_ROWS):
        part = [{"id": start + i, **row} for i, row in enumerate(reviews[start : start + FILE_ROWS])]
        path = folder / f"{start:07d}.csv"
        if (start // FILE_ROWS) % 2:
            pq.write_table(pa.Table.from_pylist(part), path.with_suffix(".parquet"))
            continue
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, part[0])
            writer.writeheader()
            writer.writerows(part)


def content(folder: Path) -> dict[str, bytes]:
    """The bytes of all files of a run but its locks."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def victims(driver: psutil.Process) -> list[psutil.Process]:
    """The workers or actors of a driver."""
    found = []
    for child in driver.children(recursive=True):
        try:
            words = " ".join(child.cmdline())
        except psutil.Error:
            continue
        # The agents of Ray have names with ray:: too, and Ray ends with them.
        if "spawn_main" in words or words.startswith("ray::ScoringActor"):
            found.append(child)
    return found


def kill_one(driver: subprocess.Popen[bytes], chance: random.Random) -> str:
    """Kill the driver, or one of its workers; returns which."""
    try:
        workers = victims(psutil.Process(driver.pid))
        if workers and chance.random() < 0.5:
            chance.choice(workers).kill()
            return "worker"
        driver.kill()
    except psutil.NoSuchProcess:
        return "nobody"
    driver.wait()
    return "driver"


def run_with_kills(
    command: list[str], folder: Path, whole: dict[str, bytes], kills: int, longest: float, seed: int = 0
) -> dict[str, int]:
    """Kill and resume runs.

    Args:
        command: starts or resumes a run whose output is the word that is added to it.
        folder: where the outputs are made.
        whole: the files of an unbroken run.
        kills: number of kills.
        longest: the most seconds between two of them.
        seed: of the moments and the victims.

    Returns:
        Number of killed drivers and workers, and of complete runs.

    Raises:
        AssertionError: a run failed, or its output differs from the unbroken one.
    """
    chance = random.Random(seed)
    counts = {"driver": 0, "worker": 0, "nobody": 0, "runs": 0}
    driver: subprocess.Popen[bytes] | None = None
    output = folder / "run-0"
    while True:
        if driver is None:
            driver = subprocess.Popen([*command, str(output)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        left = counts["driver"] + counts["worker"] < kills
        try:
            driver.wait(chance.uniform(0, longest) if left else None)
        except subprocess.TimeoutExpired:
            killed = kill_one(driver, chance)
            counts[killed] += 1
            driver = None if killed == "driver" else driver
            continue
        assert driver.stdout is not None
        assert driver.returncode == 0, driver.stdout.read().decode()
        assert content(output) == whole, f"{output} differs from the unbroken run"
        driver = None
        counts["runs"] += 1
        output = folder / f"run-{counts['runs']}"
        print(counts, flush=True)
        if not left:
            return counts


def main() -> None:
    """Run the loop, and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--engine", choices=("local", "ray"), default="local")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--longest", type=float, help="the most seconds between two kills (default: half a run)")
    parser.add_argument("--seed", type=int, default=0)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_inputs(folder / "in", parsed.rows)
        words = ["--engine", parsed.engine, "--workers", str(parsed.workers), "--input", str(folder / "in"), "--resume"]
        command = [*PREDICT, *words, "--output"]
        begin = time.monotonic()
        # As processes, and once before it counts: the first call may have to export the adapter.
        subprocess.run([*command, str(folder / "first")], check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - begin
        counts = run_with_kills(command, folder, content(folder / "first"), parsed.kills, seconds, parsed.seed)
        print(
            f"{parsed.kills} kills, {counts['runs']} complete runs, each equal to the unbroken one of {seconds:.1f} s"
        )


if __name__ == "__main__":
    main()

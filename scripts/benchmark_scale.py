"""Measure runs over many files: python scripts/benchmark_scale.py [plan] [resume] [workers].

plan     time and memory of a driver that plans 1,000,000 units, and reads the plan again
resume   time of `predict --resume` over a finished run of 10,000 units
workers  reviews per second of two workers with one processor each, against one worker with one processor

Each measurement runs in processes of its own, which nothing else should disturb. Rates are those after the first unit,
so that imports and models are not counted.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.reviews.sources import DEMO_FILE
from hf_sentiment.scale.output_folder import SUCCESS, UNITS, sidecar_name
from hf_sentiment.scale.plan import Plan
from hf_sentiment.scale.sidecar import Sidecar

PREDICT = [sys.executable, "-m", "hf_sentiment.cli", "predict", "--backend", "openvino"]
# Reviews of a file, and so of a unit; number of runs of which the fastest counts.
UNIT, REPEATS = 250, 3
# Scores a source, and prints reviews per second from the first unit on.
RATE = """
import argparse, sys, time
from functools import partial
from hf_sentiment.cli.opening import open_adapter
from hf_sentiment.scale.score_folder import FolderOptions, score_folder
source, target, workers = sys.argv[1:]
wanted = dict(adapter="default", revision=None, backend="openvino", dtype="auto", device=None, input=source)
opener = partial(open_adapter, argparse.Namespace(**wanted))
UNIT, seen = 250, []
if __name__ == "__main__":
    options = FolderOptions(workers=int(workers), chunk_rows=UNIT)
    report = lambda finished, units: seen.append((time.monotonic(), finished * UNIT))
    score_folder(opener, source, target, options, progress=report)
    seen = [each for each in seen if each[1] >= UNIT]
    print((seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0]))
"""
# Plans FILES files in this process, and prints seconds and the most memory that it took.
PLAN = """
import json, resource, sys, time
from hf_sentiment.scale import plan
from hf_sentiment.scale.place import Place
place = Place(sys.argv[1])
plan.SMALL_BYTES = 0
begin = time.monotonic()
made = plan.make_plan(place, place.files(), unit_rows=1)
planned = time.monotonic()
content = made.to_bytes()
written = time.monotonic()
again = plan.Plan.from_bytes(content)
names = sum(len(again.unit(index).name("settings")) > 0 for index in range(len(again)))
end = time.monotonic()
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"units": len(made), "plan_s": planned - begin, "write_s": written - planned,
                  "read_and_name_all_s": end - written, "plan_MiB": len(content) / 2**20, "most_MiB": most}))
"""


def reviews(rows: int) -> list[dict[str, str]]:
    """Demo reviews, repeated."""
    with DEMO_FILE.open(encoding="utf-8") as file:
        return list(islice(cycle(csv.DictReader(file)), rows))


def measure_plan(folder: Path, _: int) -> dict[str, object]:
    """1,000,000 units: one per row of 100 Parquet files of 10,000 rows."""
    source = folder / "many"
    source.mkdir()
    table = pa.table({"text": pa.array(["fine"] * 10_000)})
    for number in range(100):
        pq.write_table(table, source / f"{number:03d}.parquet")
    done = subprocess.run([sys.executable, "-c", PLAN, str(source)], check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def measure_resume(folder: Path, _: int) -> dict[str, object]:
    """A run whose 10,000 units are done: one is scored, and its files are copied for the others."""
    source, output = folder / "finished", folder / "finished-out"
    source.mkdir()
    for number in range(10_000):
        (source / f"{number:05d}.csv").write_text("text\nfine\n")
    command = [*PREDICT, "--input", str(source), "--output", str(output), "--resume"]
    # A driver that is stopped as soon as it has planned.
    begun = subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.DEVNULL)
    while begun.poll() is None and not any((output / UNITS).glob("*.json")):
        time.sleep(0.05)
    begun.kill()
    begun.wait()
    # The workers end with their driver.
    time.sleep(2)
    made = Plan.from_bytes((output / "_plan.parquet").read_bytes())
    first = sorted((output / UNITS).glob("*.json"))[0]
    known = json.loads(first.read_text())
    part = (output / known["output"]).read_bytes()
    for index in range(len(made)):
        unit = made.unit(index)
        name = unit.name(known["settings"])
        (output / f"{name}.jsonl").write_bytes(part)
        sidecar = Sidecar(**(known | {"unit": name, "file": unit.file, "output": f"{name}.jsonl"}))
        (output / sidecar_name(name)).write_bytes(sidecar.to_bytes())
    found: dict[str, object] = {"units": len(made)}
    for name in ("first_s", "again_s"):
        begin = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found[name] = time.monotonic() - begin
    assert (output / SUCCESS).exists()
    return found


def rate(workers: str, source: Path, folder: Path, cores: str | None = None) -> float:
    """Reviews per second of a run over a folder of files, from the first unit that is done to the last.

    The highest of REPEATS, because whatever else runs on the machine can only lower it.
    """
    found = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory(dir=folder) as output:
            # The processors of this process are those of its children.
            pinned = ["taskset", "-c", cores] if cores else []
            command = [*pinned, sys.executable, "-c", RATE, str(source), f"{output}/out", workers]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append(float(done.stdout.split()[-1]))
    return max(found)


def write_reviews(folder: Path, rows: int) -> Path:
    """A folder of files of UNIT reviews each."""
    table = pa.Table.from_pylist(reviews(rows)).take(np.random.default_rng(0).permutation(rows))
    (folder / "files").mkdir()
    for start in range(0, rows, UNIT):
        pq.write_table(table.slice(start, UNIT), folder / "files" / f"{start:07d}.parquet")
    return folder / "files"


def measure_workers(folder: Path, rows: int) -> dict[str, object]:
    """One worker on one processor, and two on two."""
    source = write_reviews(folder, rows)
    first, second = sorted(os.sched_getaffinity(0))[:2]
    one = rate("1", source, folder, str(first))
    two = rate("2", source, folder, f"{first},{second}")
    return {"one_worker_per_s": one, "two_workers_per_s": two, "ratio": two / one}


MEASUREMENTS = {"plan": measure_plan, "resume": measure_resume, "workers": measure_workers}


def main() -> None:
    """Print a line of JSON for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--rows", type=int, default=20_000, help="reviews of workers (default: %(default)s)")
    parsed = parser.parse_args()
    for name in parsed.names or MEASUREMENTS:
        with tempfile.TemporaryDirectory() as made:
            print(json.dumps({"name": name, **MEASUREMENTS[name](Path(made), parsed.rows)}), flush=True)


if __name__ == "__main__":
    main()

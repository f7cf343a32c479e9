"""Measure runs over many files: python scripts/benchmark_scale.py [plan] [resume] [workers] [ray].

plan     time and memory of a driver that plans 1,000,000 units, and reads the plan again
resume   time of `predict --resume` over a finished run of 10,000 units
workers  reviews per second of two workers with one processor each, against one worker with one processor
ray      reviews per second of Ray's actors, of processes, and of the path of a single file, without their starts; the
         reviews are short, so that what is done once per unit weighs most

Each measurement runs in processes of its own, which nothing else should disturb. Rates are those after the first unit,
so that imports, models and clusters that start are not counted. The load of the machine at the end is given with each.
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
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hf_sentiment.reviews.sources import DEMO_FILE
from hf_sentiment.scale.output_folder import SUCCESS, UNITS, sidecar_name
from hf_sentiment.scale.plan import Plan
from hf_sentiment.scale.sidecar import Sidecar

PREDICT = [sys.executable, "-m", "hf_sentiment.cli", "predict", "--backend", "openvino"]
# Reviews of a file, and so of a unit; words of a short review.
UNIT, SHORT = 250, 8
# Scores a source, and prints, from the first unit (of a file: the first chunk) on, reviews per second, and the seconds
# of processors per review of this process and of all that it has started.
RATE = """
import argparse, sys, time
from functools import partial
import psutil
from hf_sentiment.cli.opening import open_adapter
from hf_sentiment.scale.engines.local import LocalPool
from hf_sentiment.scale.engines.ray import RayPool
from hf_sentiment.scale.score_folder import FolderOptions, score_folder
from hf_sentiment.scoring.score_file import score_file
source, target, engine, workers = sys.argv[1:]
wanted = dict(adapter="default", revision=None, backend="openvino", dtype="auto", device=None, input=source)
opener = partial(open_adapter, argparse.Namespace(**wanted))
UNIT, seen = 250, []

def processors():
    used = [each.cpu_times() for each in [psutil.Process(), *psutil.Process().children(recursive=True)]]
    return sum(each.user + each.system for each in used)

def note(rows):
    if rows >= UNIT:
        seen.append((rows, time.monotonic(), processors()))

if __name__ == "__main__":
    if engine == "file":
        score_file(opener(), source, target + ".parquet", chunk_rows=UNIT, progress=note)
    else:
        pool = {"local": LocalPool, "ray": RayPool}[engine]
        options = FolderOptions(workers=int(workers), chunk_rows=UNIT)
        report = lambda finished, units: note(finished * UNIT)
        score_folder(opener, source, target, options, make_pool=pool, progress=report)
    rows, seconds, used = (last - first for first, last in zip(seen[0], seen[-1]))
    print(rows / seconds, used / rows)
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


def measure_plan(folder: Path, _: argparse.Namespace) -> dict[str, object]:
    """1,000,000 units: one per row of 100 Parquet files of 10,000 rows."""
    source = folder / "many"
    source.mkdir()
    table = pa.table({"text": pa.array(["fine"] * 10_000)})
    for number in range(100):
        pq.write_table(table, source / f"{number:03d}.parquet")
    done = subprocess.run([sys.executable, "-c", PLAN, str(source)], check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def measure_resume(folder: Path, _: argparse.Namespace) -> dict[str, object]:
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


class Run(NamedTuple):
    """What is measured: a source, the engine and its number of workers, and the processors; None for all of them."""

    source: Path
    engine: str
    workers: int
    cores: str | None = None


class Rate(NamedTuple):
    """Reviews per second, and seconds of processors per review."""

    per_s: float = 0.0
    processor_s: float = float("inf")


def rates(runs: dict[str, Run], folder: Path, repeats: int) -> dict[str, Rate]:
    """The rates of runs over a folder of files, from the first unit that is done to the last.

    The best of some repetitions, because whatever else runs on the machine can only worsen it; the runs take turns, so
    that it worsens all of them.
    """
    found: dict[str, Rate] = {}
    for _ in range(repeats):
        for name, run in runs.items():
            with tempfile.TemporaryDirectory(dir=folder) as output:
                # The processors of this process are those of its children.
                pinned = ["taskset", "-c", run.cores] if run.cores else []
                words = [str(run.source), f"{output}/out", run.engine, str(run.workers)]
                command = [*pinned, sys.executable, "-c", RATE, *words]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
            per_s, processor_s = map(float, done.stdout.split()[-2:])
            earlier = found.get(name, Rate())
            found[name] = Rate(max(per_s, earlier.per_s), min(processor_s, earlier.processor_s))
    return found


def write_reviews(folder: Path, rows: int, words: int | None = None) -> Path:
    """A folder of files of UNIT reviews each, and one file of all of them; returns the folder.

    Args:
        folder: where they are written.
        rows: number of reviews.
        words: of each text at most; None for all.
    """
    made = [{"text": " ".join(each["text"].split()[:words])} for each in reviews(rows)]
    table = pa.Table.from_pylist(made).take(np.random.default_rng(0).permutation(rows))
    pq.write_table(table, folder / "all.parquet")
    (folder / "files").mkdir()
    for start in range(0, rows, UNIT):
        pq.write_table(table.slice(start, UNIT), folder / "files" / f"{start:07d}.parquet")
    return folder / "files"


def measure_workers(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """One worker on one processor, and two on two."""
    source = write_reviews(folder, options.rows)
    first, second = sorted(os.sched_getaffinity(0))[:2]
    runs = {"one": Run(source, "local", 1, str(first)), "two": Run(source, "local", 2, f"{first},{second}")}
    found = rates(runs, folder, options.repeats)
    one, two = found["one"].per_s, found["two"].per_s
    return {"one_worker_per_s": one, "two_workers_per_s": two, "ratio": two / one}


def measure_ray(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """The path of a single file, processes and Ray's actors, on all processors."""
    source = write_reviews(folder, options.rows, SHORT)
    workers = len(os.sched_getaffinity(0))
    runs = {
        "file": Run(folder / "all.parquet", "file", 1),
        "local": Run(source, "local", workers),
        "ray": Run(source, "ray", workers),
    }
    found = rates(runs, folder, options.repeats)
    told: dict[str, object] = {name: each._asdict() for name, each in found.items()}
    for name in ("file", "local"):
        told[f"ray_over_{name}"] = {
            "time": found[name].per_s / found["ray"].per_s - 1,
            "processors": found["ray"].processor_s / found[name].processor_s - 1,
        }
    return told


MEASUREMENTS = {"plan": measure_plan, "resume": measure_resume, "workers": measure_workers, "ray": measure_ray}


def main() -> None:
    """Print a line of JSON for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--rows", type=int, default=20_000, help="reviews of workers and ray (default: %(default)s)")
    parser.add_argument(
        "--repeats", type=int, default=3, help="runs of which the fastest counts (default: %(default)s)"
    )
    parsed = parser.parse_args()
    for name in parsed.names or MEASUREMENTS:
        with tempfile.TemporaryDirectory() as made:
            print(
                json.dumps({"name": name, **MEASUREMENTS[name](Path(made), parsed), "load": os.getloadavg()}),
                flush=True,
            )


if __name__ == "__main__":
    main()

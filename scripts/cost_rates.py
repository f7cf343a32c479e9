"""Measure what a review costs one core, for scripts/cost_page.py: reading, tokenizing, computing, writing, training.

    python scripts/cost_rates.py --data ../shared/data/amazon_polarity

Seconds are those of the processor on one core. Other work on the machine makes them longer too, though less than those
of a clock, so those of scoring are the lowest of some passes, and the load is written beside them. Only the start of a
worker, and what each unit costs besides its rows (files that are opened, renamed and brought to the disk), are seconds
of a clock. The result is scripts/cost_rates.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

RATES = Path(__file__).with_name("cost_rates.json")
# Instructions that decide how fast a core is.
INSTRUCTIONS = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni", "avx512f", "avx2")
CHUNK = 500
# Reviews that are scored in a pass, and number of passes; before them, one in which kernels for shapes are compiled.
SCORED, PASSES = 1000, 4
# Reviews of the two trainings, whose difference is free of what comes before the first step.
TRAINED = (256, 768)


class TimedBackend:
    """A backend that counts the seconds of the processor in which it runs the model.

    Attributes:
        seconds: counted so far.
    """

    def __init__(self, backend):
        self._backend, self.seconds = backend, 0.0
        self.length_step, self.dtype = backend.length_step, backend.dtype

    def run(self, batches):
        """As the backend does, but after all batches were made."""
        batches = list(batches)
        begin = time.process_time()
        found = list(self._backend.run(batches))
        self.seconds += time.process_time() - begin
        yield from found


def timed_chunks(path, classify, target):
    """Score a Parquet file as `predict` does, and return the seconds of each stage."""
    from hf_sentiment.reviews.review_file import open_reviews
    from hf_sentiment.scoring.chunk_scorer import ChunkScorer
    from hf_sentiment.scoring.part_file import PartWriter

    backend = TimedBackend(classify.scorer.backend)
    classify = replace(classify, scorer=replace(classify.scorer, backend=backend))
    file = open_reviews(path)
    scorer = ChunkScorer(classify, file.rows.columns, file.text, file.title, lambda rows: None)
    seconds = dict.fromkeys(("read", "score", "write"), 0.0)
    chunks = iter(file.rows.chunks(CHUNK))
    with target.open("wb") as written, PartWriter(written) as writer:
        while True:
            begin = time.process_time()
            chunk = next(chunks, None)
            read = time.process_time()
            if chunk is None:
                break
            rows, _ = scorer.score(chunk)
            scored = time.process_time()
            writer.write(rows)
            for name, spent in (("read", read - begin), ("score", scored - read)):
                seconds[name] += spent
            seconds["write"] += time.process_time() - scored
    return {
        "read": seconds["read"],
        "tokenize": seconds["score"] - backend.seconds,
        "compute": backend.seconds,
        "write": seconds["write"],
    }


def unit_seconds(path, opener):
    """What a unit costs besides its rows: that of a unit of one row, without the row itself."""
    import pyarrow.parquet as pq

    from hf_sentiment.scale.output_folder import UNITS
    from hf_sentiment.scale.place import Place
    from hf_sentiment.scale.unit import Unit
    from hf_sentiment.scale.unit_scorer import UnitOptions, UnitScorer

    with tempfile.TemporaryDirectory() as made:
        source, output = Path(made, "in"), Path(made, "out")
        source.mkdir()
        (output / UNITS).mkdir(parents=True)
        for number in range(20):
            pq.write_table(pq.read_table(path).slice(number, 1), source / f"{number}.parquet")
        place = Place(str(source))
        scorer = UnitScorer(opener(), UnitOptions(place, Place(str(output)), "settings", None, None, True, CHUNK, None))
        found = []
        for position, (name, state) in enumerate(place.files().items()):
            begin = time.perf_counter()
            scorer.score(Unit(position, name, state, 0, None))
            found.append(time.perf_counter() - begin)
    return min(found)


def measure_scoring(data):
    """Seconds per review of each stage, and what else the page needs."""
    import pyarrow.parquet as pq

    from hf_sentiment.cli.opening import open_adapter

    with tempfile.TemporaryDirectory() as made:
        path, target = Path(made) / "reviews.parquet", Path(made) / "scored.parquet"
        table = pq.read_table(Path(data) / "test.parquet").slice(0, SCORED)
        pq.write_table(table, path)
        wanted = dict(adapter="default", revision=None, backend="openvino", dtype="auto", device=None, input=str(path))
        opener = partial(open_adapter, argparse.Namespace(**wanted))
        # Exports the adapter, if nobody has.
        opener()
        begin = time.perf_counter()
        classify = opener()
        opened = time.perf_counter() - begin
        passes = [timed_chunks(path, classify, target) for _ in range(PASSES + 1)][1:]
        input_bytes, output_bytes = path.stat().st_size, target.stat().st_size
        unit = unit_seconds(path, opener)
    rows = len(table)
    words = sum(len(f"{row['title']} {row['content']}".split()) for row in table.to_pylist())
    return {
        "rows": rows,
        "words_per_review": words / rows,
        "precision": classify.scorer.backend.dtype,
        "seconds_per_review": {name: min(each[name] for each in passes) / rows for name in passes[0]},
        "input_bytes_per_review": input_bytes / rows,
        "output_bytes_per_review": output_bytes / rows,
        "open_seconds": opened,
        "unit_seconds": unit,
        "load": os.getloadavg()[0],
    }


def measure_training(data, rows):
    """Seconds of the processor of a training with the recipe minilm."""
    from benchmark_training import STEPS, train_once

    train_once(list(STEPS)[-1], data, rows)
    return time.process_time()


def processor():
    """The instructions of the processor that matter here."""
    text = Path("/proc/cpuinfo").read_text()
    flags = next(line for line in text.splitlines() if line.startswith("flags")).split()
    return [name for name in INSTRUCTIONS if name in flags]


def on_one_core(*words):
    """Run this script in a process of its own with one core, and return what it prints."""
    core = str(min(os.sched_getaffinity(0)))
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = ["taskset", "-c", core, sys.executable, __file__, *map(str, words)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    """Measure everything, or one part in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with train.parquet and test.parquet")
    parser.add_argument("--part", choices=("scoring", "training"), help="measure only this, and keep the other")
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.here:
        if parsed.part == "scoring":
            print(json.dumps(measure_scoring(parsed.data)))
        else:
            print(json.dumps(measure_training(parsed.data, parsed.rows)))
        return
    rates = json.loads(RATES.read_text()) if RATES.exists() else {}
    rates["instructions"] = processor()
    if parsed.part != "training":
        rates["scoring"] = on_one_core("--here", "--data", parsed.data, "--part", "scoring")
    if parsed.part != "scoring":
        less, more = (
            on_one_core("--here", "--data", parsed.data, "--part", "training", "--rows", rows) for rows in TRAINED
        )
        rates["training"] = {
            "recipe": "minilm",
            "seconds_per_review": (more - less) / (TRAINED[1] - TRAINED[0]),
            "load": os.getloadavg()[0],
        }
    RATES.write_text(json.dumps(rates, indent=2) + "\n")


if __name__ == "__main__":
    main()

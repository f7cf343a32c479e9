"""Measure `hf-sentiment serve` and other servers of the same model under load, and compare.

    python scripts/benchmark_serve.py --data ../shared/data/amazon_polarity --overload 600 --adapters 8

The peers need environments of their own: --infinity with infinity_emb[torch,server], "transformers<5" and "click<8.2",
--litserve with litserve and transformers. FastAPI is there with the extra serve.

Each request has one review. For each server, in this order and alone on the machine: the same reviews without a server
(the call that users make); one review at a time; the throughput with many connections that always wait for an answer,
which is its capacity; then requests at planned moments (see serve_load.py) at shares of that capacity. Sender and
server share the processor; results.jsonl has what the sender took of it. The script writes results.jsonl, a line per
measurement as soon as it is made, and table.md.
"""

import argparse
import json
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
from benchmark import machine
from serve_measure import Benchmark
from serve_systems import OURS_BF16, OURS_INT8, SYSTEMS
from serve_table import tables


def left_out(name: str, arguments: argparse.Namespace) -> str | None:
    """Why a server cannot be measured here; None if it can."""
    system = SYSTEMS[name]
    if name == OURS_BF16 and not {"avx512_bf16", "amx_bf16"} & set(machine()["instructions"]):
        return "this processor has no instructions for bf16 and emulates it, slowly"
    if system.python and not getattr(arguments, system.python):
        return f"give --{system.python}, the interpreter of an environment that has it"
    return None


def run(arguments: argparse.Namespace, work: Path, folder: Path) -> list[dict]:
    """Run all measurements; what fails is left out."""
    benchmark, rows = Benchmark(arguments, work), []
    with (folder / "results.jsonl").open("w") as out:
        out.write(json.dumps({"kind": "machine", **machine(), "arguments": vars(arguments)}) + "\n")

        def measure(kind: str, name: str, call: Any, *words: Any) -> None:
            print(f"  {kind}: {name}", file=sys.stderr)
            try:
                row = {"kind": kind, "system": name, **call(*words)}
            except (RuntimeError, OSError, ValueError, subprocess.SubprocessError, psutil.Error) as error:
                print(f"  left out: {name}: {error}", file=sys.stderr)
                return
            rows.append(row)
            out.write(json.dumps(row) + "\n")
            out.flush()

        wanted = [name for name in SYSTEMS if not arguments.systems or any(word in name for word in arguments.systems)]
        for name in list(wanted):
            if reason := left_out(name, arguments):
                print(f"  left out: {name}: {reason}", file=sys.stderr)
                wanted.remove(name)
        for _ in range(arguments.rounds):
            for name in wanted:
                measure("system", name, benchmark.system, name)
        if arguments.overload:
            measure("overload", OURS_INT8, benchmark.overload, OURS_INT8)
        for _ in range(arguments.rounds if arguments.adapters else 0):
            # Several adapters on torch run in float32.
            for backend, dtype in (("torch", "float32"), ("openvino", "int8")):
                name = f"{arguments.adapters}, {backend} {dtype}"
                measure("adapters", name, benchmark.adapters, backend, dtype)
    return rows


def main(words: list[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="demo", help="file or dataset whose test split is sent")
    parser.add_argument("--adapter", default="default")
    parser.add_argument("--reviews", type=int, default=512, help="different reviews, sent in turn")
    parser.add_argument("--systems", nargs="*", default=[], help="only servers whose name contains one of these words")
    parser.add_argument("--infinity", metavar="PYTHON", help="the interpreter of an environment with infinity_emb")
    parser.add_argument("--litserve", metavar="PYTHON", help="the interpreter of an environment with litserve")
    parser.add_argument("--rounds", type=int, default=1, help="the table has medians of so many")
    parser.add_argument("--seconds", type=float, default=8, help="of the search for the capacity")
    parser.add_argument("--open-seconds", type=float, default=20, help="of each share of the capacity")
    parser.add_argument("--connections", type=int, default=64, help="that find the capacity")
    parser.add_argument("--singles", type=int, default=100, help="reviews sent one at a time")
    parser.add_argument("--arrivals", choices=["poisson", "constant"], default="poisson")
    parser.add_argument("--overload", type=float, default=0, metavar="SECONDS", help="also: at twice the capacity")
    parser.add_argument("--adapters", type=int, default=0, metavar="COUNT", help="also: so many adapters against one")
    parser.add_argument("--autocannon", action="store_true", help="ask `npx autocannon` for a second opinion")
    parser.add_argument("--output-dir", default="benchmark-serve")
    arguments = parser.parse_args(words)
    # So that servers are ended with this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # The servers inherit it: a connection is a file.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = Path(arguments.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        found = tables(run(arguments, Path(work), folder))
    (folder / "table.md").write_text(found + "\n")
    print(found)


if __name__ == "__main__":
    main()

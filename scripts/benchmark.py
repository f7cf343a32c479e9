"""Score the same reviews with this package and similar ones in one run, and compare.

    python scripts/benchmark.py --dataset ../shared/data/amazon_polarity --output-dir benchmark

Every system runs in its own process, through the call that its users make, loaded and warm before the first round; each
round runs the systems in turn, one at a time, so that a machine whose speed drifts affects all of them. In each round,
the libraries also multiply two matrices, which tells how much of the machine's own speed a system reaches. The time
includes tokenizing. Reviews keep their order. The script writes results.json, table.md and speed.png.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from benchmark_systems import NEEDS_BF16, ONE_BY_ONE, STOCK, SYSTEMS

# Name -> command; the whole process is timed.
STARTS = {
    "import hf_sentiment": "import hf_sentiment",
    "first label, hf-sentiment predict": "import sys; from hf_sentiment.cli import main; "
    "sys.exit(main(['predict', 'Fine.', '--adapter', {adapter!r}]))",
    "first label, hf_sentiment.load": "import hf_sentiment; hf_sentiment.load({adapter!r})('Fine.')",
    "first label, stock pipeline": "from transformers import pipeline; "
    "pipeline('text-classification', model={merged!r})('Fine.')",
}
RATES = "rates"


def serve(name: str, work: Path) -> None:
    """Run one system in its own process: load, warm up, then score all reviews once per line of standard input."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    task = json.loads((work / "task.json").read_text())
    score = SYSTEMS[name].build(task["texts"], task["folders"])
    score()
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        labels = score()
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "labels": labels, "peak_mib": peak_mib()}), flush=True)


def serve_rates(wanted: list[str]) -> None:
    """Measure the products of matrices once per line of standard input."""
    from matrix_rates import matrix_rates

    measure = matrix_rates([tuple(each.split()) for each in wanted])
    measure()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(measure()), flush=True)


def peak_mib() -> float:
    """The peak memory of this process. `getrusage` would include the parent's memory at the fork."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(fields["VmHWM"].split()[0]) / 1024


def prepare(arguments: argparse.Namespace, work: Path) -> dict:
    """Write the reviews and the exports of the model once for all systems."""
    from hf_sentiment.adapter.folder import find_adapter
    from hf_sentiment.adapter.loading import load_adapter
    from hf_sentiment.backends.runtimes import RUNTIMES
    from hf_sentiment.core.rendering import render_rows
    from hf_sentiment.exports import export_graph, export_merged
    from hf_sentiment.reviews.dataset import load_split
    from hf_sentiment.reviews.options import DataOptions

    folder, base_model = find_adapter(arguments.adapter), arguments.base_model
    loaded = load_adapter(folder, base_model=base_model)
    data = load_split(DataOptions(arguments.dataset, labels=loaded.config.labels), "test", size=arguments.reviews)
    texts = render_rows(data, loaded.config)
    rows = loaded.tokenizer(texts, truncation=True, max_length=loaded.config.max_length)
    folders = {"adapter": str(folder), "base_model": base_model, "base": loaded.base.path}
    folders["merged"] = str(export_merged(loaded, work / "merged"))
    task = {"texts": texts, "labels": data["label"][:], "folders": folders}
    task["tokens"] = sum(len(ids) for ids in rows["input_ids"])
    task["flop"] = useful_flop(loaded.merged, [len(ids) for ids in rows["input_ids"]])
    for form, runtime in RUNTIMES.items():
        for name, dtype in ((form, "float32"), (f"{form}_int8", "int8")):
            if runtime.installed():
                again = load_adapter(folder, base_model=base_model)
                folders[name] = str(export_graph(again, work / name, form, dtype))
    (work / "task.json").write_text(json.dumps(task))
    return task


def useful_flop(model, lengths: list[int]) -> float:
    """Multiplications and additions of the linear layers and of attention, for reviews of these lengths, no padding."""
    import torch

    weights = sum(m.weight.numel() for m in model.modules() if isinstance(m, torch.nn.Linear))
    config = model.config
    attention = 4 * config.hidden_size * config.num_hidden_layers
    return float(sum(2 * weights * n + attention * n * n for n in lengths))


def start_up(folders: dict, rounds: int) -> dict[str, float]:
    """Seconds from the start of a Python process to its end, for each task: medians of interleaved runs.

    The first run of each is not counted: it fills caches, and `predict` exports the adapter.
    """
    seconds: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(rounds + 1):
        for name, code in STARTS.items():
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", code.format(**folders)],
                check=True,
                capture_output=True,
                env=os.environ | {"HF_HUB_OFFLINE": "1"},
            )
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(each[1:]) for name, each in seconds.items()}


class Worker:
    """A process that answers each line with a line.

    Raises:
        RuntimeError: it ended before it was ready; the message is the last line that it wrote.
    """

    def __init__(self, command: list[str]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the worker
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        if not any(line.strip() == "ready" for line in iter(self._process.stdout.readline, "")):
            raise RuntimeError(self._last_error())

    def ask(self) -> dict:
        """One round."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(self._last_error())
        return json.loads(line)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _last_error(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors if line.strip()]
        return lines[-1][:200] if lines else f"it ended with status {self._process.returncode}"


def measure(names: list[str], arguments: argparse.Namespace, work: Path) -> tuple[dict, list[dict], dict[str, str]]:
    """Run the systems and the products of matrices in turn.

    Returns:
        System -> its results by round; the rates by round; system -> why it was left out.
    """
    workers: dict[str, Worker] = {}
    left_out: dict[str, str] = {}
    here = [str(Path(__file__)), "--work", str(work)]
    try:
        for name in names:
            other = SYSTEMS[name].python
            # One after another, so that no system warms up while another one does.
            try:
                workers[name] = Worker([getattr(arguments, other) if other else sys.executable, *here, "--serve", name])
                print(f"  ready: {name}", file=sys.stderr)
            except (RuntimeError, OSError) as error:
                left_out[name] = str(error)
                print(f"  left out: {name}: {error}", file=sys.stderr)
        rates = sorted({" ".join(SYSTEMS[name].rate) for name in workers})
        workers[RATES] = Worker([sys.executable, *here, "--rates", *rates])
        results: dict[str, list[dict]] = {name: [] for name in workers}
        for number in range(arguments.rounds):
            for name, worker in workers.items():
                results[name].append(worker.ask())
            print(f"  round {number + 1} of {arguments.rounds}", file=sys.stderr)
        return results, results.pop(RATES), left_out
    finally:
        for worker in workers.values():
            worker.stop()


def summarise(results: dict[str, list[dict]], task: dict, rates: list[dict]) -> list[dict]:
    """One row per system: medians, and ratios computed within each round."""
    reviews = len(task["texts"])
    reference = np.array(results[ONE_BY_ONE][0]["labels"])
    rows = []
    for name, rounds in results.items():
        system = SYSTEMS[name]
        seconds = statistics.median(each["seconds"] for each in rounds)
        labels = np.array(rounds[0]["labels"])

        def ratio(peer, rounds=rounds):
            pairs = zip(results[peer], rounds, strict=True)
            return statistics.median(theirs["seconds"] / mine["seconds"] for theirs, mine in pairs)

        shares = [
            task["flop"] / mine["seconds"] / 1e9 / rate[" ".join(system.rate)]
            for mine, rate in zip(rounds, rates, strict=True)
        ]
        rows.append(
            {
                "system": name,
                "reviews_per_second": reviews / seconds,
                "times_stock_batch_32": ratio(STOCK),
                "times_stock_one_by_one": ratio(ONE_BY_ONE),
                "label_agreement": float(np.mean(labels == reference)) if system.labels else None,
                "accuracy": float(np.mean(labels == np.array(task["labels"]))) if system.labels else None,
                "peak_mib": max(each["peak_mib"] for each in rounds),
                "share_of_matrix_rate": statistics.median(shares),
                "rate": " ".join(system.rate),
                "seconds": [each["seconds"] for each in rounds],
            }
        )
    return rows


def table(rows: list[dict]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| system | reviews/s | against stock, batch 32 | against stock, one by one | same labels | accuracy "
        "| peak MiB | share of its library's matrix rate |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        same, right = (
            "-" if row[name] is None else f"{100 * row[name]:.1f} %" for name in ("label_agreement", "accuracy")
        )
        lines.append(
            f"| {row['system']} | {row['reviews_per_second']:.0f} | {row['times_stock_batch_32']:.1f}x "
            f"| {row['times_stock_one_by_one']:.1f}x | {same} | {right} | {row['peak_mib']:.0f} "
            f"| {100 * row['share_of_matrix_rate']:.0f} % |"
        )
    return "\n".join(lines)


def draw(rows: list[dict], path: Path) -> None:
    """Draw reviews per second as bars, ours in another colour."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 0.6 + 0.42 * len(rows)), facecolor="white", layout="constrained")
    axes = figure.subplots()
    for row in reversed(rows):
        ours_too = row["system"].startswith("hf_sentiment")
        bar = axes.barh(row["system"], row["reviews_per_second"], color="#00204d" if ours_too else "#a59c74")
        axes.bar_label(bar, fmt="%.0f", padding=3)
    axes.set_xlabel("reviews per second")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)


def benchmark_training(arguments: argparse.Namespace) -> None:
    """Measure how fast training is; print and write the result."""
    from benchmark_training import compare, markdown

    rows = compare(arguments.dataset, arguments.reviews, arguments.rounds)
    folder = Path(arguments.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    document = {"reviews": arguments.reviews, "machine": machine(), "rows": rows}
    (folder / "training.json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "training.md").write_text(markdown(rows) + "\n")
    print(markdown(rows))


def machine() -> dict:
    """The machine that the numbers were measured on."""
    model = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
    flags = next((line.split() for line in _cpuinfo() if line.startswith("flags")), [])
    return {
        "processor": model or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "instructions": [name for name in wanted if name in flags],
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.is_file() else []


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="demo", help="dataset whose test split is scored")
    parser.add_argument("--adapter", default="default")
    parser.add_argument("--reviews", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--systems", nargs="*", default=[], help="only systems whose name contains one of these words")
    parser.add_argument("--output-dir", default="benchmark")
    parser.add_argument(
        "--training", action="store_true", help="compare training speed instead: one epoch per speed-up"
    )
    parser.add_argument("--base-model", help="a folder to take the adapter's base from")
    parser.add_argument("--infinity-python", help="the interpreter of an environment with infinity_emb")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--rates", nargs="*", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, Path(arguments.work))
    elif arguments.rates:
        serve_rates(arguments.rates)
    elif arguments.training:
        benchmark_training(arguments)
    else:
        benchmark_scoring(arguments)


def benchmark_scoring(arguments: argparse.Namespace) -> None:
    """Measure how fast reviews are scored; print and write the results."""
    from hf_sentiment.backends.torch import has_bf16

    wanted = [n for n in SYSTEMS if not arguments.systems or any(word in n for word in arguments.systems)]
    names, left_out = [], {"optimum": "it needs an older transformers than this package"}
    for name in dict.fromkeys([STOCK, ONE_BY_ONE, *wanted]):
        reason = SYSTEMS[name].missing()
        if name in NEEDS_BF16 and not has_bf16():
            reason = "this processor has no instructions for bf16 and emulates it, slowly"
        if (other := SYSTEMS[name].python) and not getattr(arguments, other):
            reason = f"it needs other versions: give --{other.replace('_', '-')}"
        if reason:
            left_out[name] = reason
        else:
            names.append(name)
    with tempfile.TemporaryDirectory() as work:
        task = prepare(arguments, Path(work))
        results, rates, failed = measure(names, arguments, Path(work))
        # Without its base, which only this run knows, the adapter cannot be named in a command.
        starts = {} if arguments.base_model else start_up(task["folders"], arguments.rounds)
    left_out |= failed
    rows = summarise(results, task, rates)
    folder = Path(arguments.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    middle = {name: statistics.median(each[name] for each in rates) for name in rates[0]}
    document = {
        "reviews": len(task["texts"]),
        "tokens": task["tokens"],
        "machine": machine(),
        "gflops_of_a_matrix_product": middle,
        "left_out": left_out,
        "start_up_seconds": starts,
        "rows": rows,
    }
    (folder / "results.json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "table.md").write_text(table(rows) + "\n")
    draw(rows, folder / "speed.png")
    print(table(rows))
    for name, seconds in starts.items():
        print(f"{seconds:6.2f} s  {name}")
    for name, rate in middle.items():
        print(f"{rate:6.0f} GFLOP/s  product of two matrices, {name}")
    for name, reason in left_out.items():
        print(f"Left out: {name}: {reason}.")


if __name__ == "__main__":
    main()

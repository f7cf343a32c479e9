"""Score the same reviews with this package and similar ones in one run, and compare.

    python scripts/benchmark.py --dataset ../shared/data/amazon_polarity --output-dir benchmark

Every system runs in its own process, loaded and warm before the first round; each round runs the systems in turn, one
at a time, so that a machine whose speed drifts affects all of them. The time includes tokenizing. Reviews keep their
order. The script writes results.json, table.md and speed.png.
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
from collections.abc import Callable
from pathlib import Path

import numpy as np

STOCK = "stock pipeline, batch 32"
ONE_BY_ONE = "stock pipeline, one by one"
SETFIT = "SetFit predict"
LEFT_OUT = {
    "optimum, infinity_emb": "need an older transformers than this package, so they cannot be measured with the same "
    "torch and transformers"
}
NEEDS_BF16 = ("hf_sentiment openvino bf16",)
# Name -> code; the whole process is timed.
STARTS = {
    "import hf_sentiment": "import hf_sentiment",
    "import transformers.pipelines": "import transformers.pipelines",
    "first label, hf_sentiment": "import hf_sentiment; hf_sentiment.load({adapter!r})('Fine.')",
    "first label, stock pipeline": "from transformers import pipeline; "
    "pipeline('text-classification', model={merged!r})('Fine.')",
}


def ours(**options) -> Callable:
    """This package, all reviews in one call."""

    def build(texts, folder):
        import hf_sentiment

        classify = hf_sentiment.load(folder["adapter"], **options)
        return lambda: classify.logits(texts).argmax(1).tolist()

    return build


def ours_one_by_one(**options) -> Callable:
    """This package, one review per call."""

    def build(texts, folder):
        import hf_sentiment

        classify = hf_sentiment.load(folder["adapter"], **options)
        return lambda: [int(classify.logits([text]).argmax()) for text in texts]

    return build


def stock(batch_size: int) -> Callable:
    """Transformers' own pipeline on the merged model, in float32."""

    def build(texts, folder):
        import torch
        from transformers import pipeline

        classify = pipeline("text-classification", model=folder["merged"], dtype=torch.float32)
        label2id = classify.model.config.label2id
        return lambda: [label2id[a["label"]] for a in classify(texts, batch_size=batch_size, truncation=True)]

    return build


def cross_encoder(texts, folder):
    """sentence-transformers, which sorts by length; it needs pairs, so the second text is empty."""
    import torch
    from sentence_transformers import CrossEncoder

    pairs = [(text, "") for text in texts]
    model = CrossEncoder(folder["merged"], model_kwargs={"dtype": torch.float32})
    return lambda: model.predict(pairs, batch_size=32, show_progress_bar=False).argmax(1).tolist()


def setfit(texts, folder):
    """SetFit's predict: the encoder as a sentence embedder, and a logistic regression.

    Only its speed is measured: it cannot use the adapter's weights, so its labels mean nothing here.
    """
    import numpy
    from setfit import SetFitModel

    model = SetFitModel.from_pretrained(folder["base"])
    model.fit(texts[:8], [0, 1] * 4, num_epochs=1)
    return lambda: numpy.asarray(model.predict(texts, batch_size=32, show_progress_bar=False)).tolist()


def onnxruntime(quantized: bool) -> Callable:
    """ONNX Runtime called directly, with our batches; int8 is its dynamic quantization."""

    def build(texts, folder):
        from transformers import AutoTokenizer

        from hf_sentiment.adapter.tokenizer import text_encoder
        from hf_sentiment.backends.onnx import OnnxBackend
        from hf_sentiment.core.config import SentimentConfig
        from hf_sentiment.core.review_scorer import ReviewScorer

        encoder = text_encoder(AutoTokenizer.from_pretrained(folder["merged"]))
        backend = OnnxBackend(folder["onnx_int8" if quantized else "onnx"])
        scorer = ReviewScorer(SentimentConfig.load(folder["adapter"]), encoder, backend)
        return lambda: scorer.logits(texts, long_reviews="truncate").argmax(1).tolist()

    return build


SYSTEMS: dict[str, Callable] = {
    STOCK: stock(32),
    ONE_BY_ONE: stock(1),
    "sentence-transformers CrossEncoder": cross_encoder,
    SETFIT: setfit,
    "ONNX Runtime fp32": onnxruntime(quantized=False),
    "ONNX Runtime int8 (dynamic)": onnxruntime(quantized=True),
    "hf_sentiment torch, float32": ours(dtype="float32"),
    "hf_sentiment torch (default)": ours(),
    "hf_sentiment openvino bf16": ours(backend="openvino", dtype="bfloat16"),
    "hf_sentiment openvino int8": ours(backend="openvino", dtype="int8"),
    "hf_sentiment openvino int8, one by one": ours_one_by_one(backend="openvino", dtype="int8"),
}


def serve(name: str, work: Path) -> None:
    """Run one system in its own process: load, warm up, then score all reviews once per line of standard input."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    task = json.loads((work / "task.json").read_text())
    score = SYSTEMS[name](task["texts"], task["folders"])
    score()
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        labels = score()
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "labels": labels, "peak_mib": peak_mib()}), flush=True)


def peak_mib() -> float:
    """The peak memory of this process. `getrusage` would include the parent's memory at the fork."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(fields["VmHWM"].split()[0]) / 1024


def prepare(arguments: argparse.Namespace, work: Path) -> dict:
    """Write the reviews and the exports of the model once for all systems."""
    from hf_sentiment.adapter.folder import find_adapter
    from hf_sentiment.adapter.loading import load_adapter
    from hf_sentiment.core.rendering import render_rows
    from hf_sentiment.exports import export_merged
    from hf_sentiment.reviews.dataset import load_split
    from hf_sentiment.reviews.options import DataOptions

    folder = find_adapter(arguments.adapter)
    loaded = load_adapter(folder)
    data = load_split(DataOptions(arguments.dataset, labels=loaded.config.labels), "test", size=arguments.reviews)
    texts = render_rows(data, loaded.config)
    rows = loaded.tokenizer(texts, truncation=True, max_length=loaded.config.max_length)
    merged = export_merged(loaded, work / "merged")
    folders = {"adapter": str(folder), "merged": str(merged), "base": loaded.base.path} | onnx_files(loaded, work)
    task = {"texts": texts, "labels": data["label"][:], "folders": folders}
    task["tokens"] = sum(len(ids) for ids in rows["input_ids"])
    task["flop"] = useful_flop(loaded.merged, [len(ids) for ids in rows["input_ids"]])
    (work / "task.json").write_text(json.dumps(task))
    return task


def onnx_files(loaded, work: Path) -> dict[str, str]:
    """The merged model for ONNX Runtime, in float32 and in its own dynamic int8."""
    import onnxruntime.quantization

    from hf_sentiment.exports import export_onnx

    path, quantized = export_onnx(loaded, work / "onnx") / "model.onnx", work / "model_int8.onnx"
    onnxruntime.quantization.quantize_dynamic(str(path), str(quantized))
    return {"onnx": str(path), "onnx_int8": str(quantized)}


def useful_flop(model, lengths: list[int]) -> float:
    """Multiplications and additions of the linear layers and of attention, for reviews of these lengths, no padding."""
    import torch

    weights = sum(m.weight.numel() for m in model.modules() if isinstance(m, torch.nn.Linear))
    config = model.config
    attention = 4 * config.hidden_size * config.num_hidden_layers
    return float(sum(2 * weights * n + attention * n * n for n in lengths))


def matmul_rate() -> dict[str, float]:
    """The machine's speed: GFLOP/s of torch's matrix product of 2,048 by 2,048, in float32 and bf16."""
    import torch

    rates = {}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        a, b = torch.randn(2048, 2048).to(dtype), torch.randn(2048, 2048).to(dtype)
        times = []
        for _ in range(5):
            started = time.perf_counter()
            a @ b
            times.append(time.perf_counter() - started)
        rates[name] = 2 * 2048**3 / min(times) / 1e9
    return rates


def start_up(folders: dict, rounds: int) -> dict[str, float]:
    """Seconds from the start of a Python process to its end, for each task: medians of interleaved runs."""
    seconds: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(rounds):
        for name, code in STARTS.items():
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", code.format(**folders)],
                check=True,
                capture_output=True,
                env=os.environ | {"HF_HUB_OFFLINE": "1"},
            )
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(each) for name, each in seconds.items()}


def measure(names: list[str], rounds: int, work: Path) -> dict[str, list[dict]]:
    """Run the systems in turn; return the results of each one by round."""
    workers = {}
    command = [sys.executable, __file__, "--work", str(work), "--serve"]
    try:
        for name in names:
            worker = subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            workers[name] = worker
            # One after another, so that no system warms up while another one does.
            if not any(line.strip() == "ready" for line in iter(worker.stdout.readline, "")):
                raise SystemExit(f"{name} ended before it was ready.")
            print(f"  ready: {name}", file=sys.stderr)
        results: dict[str, list[dict]] = {name: [] for name in names}
        for number in range(rounds):
            for name, worker in workers.items():
                worker.stdin.write("\n")
                worker.stdin.flush()
                results[name].append(json.loads(worker.stdout.readline()))
            print(f"  round {number + 1} of {rounds}", file=sys.stderr)
        return results
    finally:
        for worker in workers.values():
            worker.kill()


def summarise(results: dict[str, list[dict]], task: dict, rates: dict[str, float]) -> list[dict]:
    """One row per system: medians, and ratios computed within each round."""
    reviews = len(task["texts"])
    reference = np.array(results[ONE_BY_ONE][0]["labels"])
    rows = []
    for name, rounds in results.items():
        seconds = statistics.median(each["seconds"] for each in rounds)
        labels = np.array(rounds[0]["labels"])

        def ratio(peer, rounds=rounds):
            pairs = zip(results[peer], rounds, strict=True)
            return statistics.median(theirs["seconds"] / mine["seconds"] for theirs, mine in pairs)

        rows.append(
            {
                "system": name,
                "reviews_per_second": reviews / seconds,
                "times_stock_batch_32": ratio(STOCK),
                "times_stock_one_by_one": ratio(ONE_BY_ONE),
                # SetFit has its own head, and different labels.
                "label_agreement": None if name == SETFIT else float(np.mean(labels == reference)),
                "accuracy": None if name == SETFIT else float(np.mean(labels == np.array(task["labels"]))),
                "peak_mib": max(each["peak_mib"] for each in rounds),
                "share_of_fp32_matmul_rate": task["flop"] / seconds / 1e9 / rates["float32"],
                "seconds": [each["seconds"] for each in rounds],
            }
        )
    return rows


def table(rows: list[dict]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| system | reviews/s | against stock, batch 32 | against stock, one by one | same labels | peak MiB "
        "| share of fp32 matrix product |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        same = "-" if row["label_agreement"] is None else f"{row['label_agreement']:.1%}"
        lines.append(
            f"| {row['system']} | {row['reviews_per_second']:.0f} | {row['times_stock_batch_32']:.1f}x "
            f"| {row['times_stock_one_by_one']:.1f}x | {same} | {row['peak_mib']:.0f} "
            f"| {row['share_of_fp32_matmul_rate']:.0%} |"
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
    document = {"reviews": arguments.reviews, "machine": machine(matmul_rate()), "rows": rows}
    (folder / "training.json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "training.md").write_text(markdown(rows) + "\n")
    print(markdown(rows))


def machine(rates: dict[str, float]) -> dict:
    """The machine that the numbers were measured on."""
    return {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "matmul_gflops": rates}


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
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    from hf_sentiment.backends.torch import has_bf16

    if arguments.serve:
        serve(arguments.serve, Path(arguments.work))
        return
    if arguments.training:
        benchmark_training(arguments)
        return
    left_out = dict(LEFT_OUT)
    if not has_bf16():
        left_out |= dict.fromkeys(NEEDS_BF16, "this processor has no instructions for bf16 and emulates it, slowly")
    wanted = [n for n in SYSTEMS if not arguments.systems or any(word in n for word in arguments.systems)]
    wanted = [name for name in wanted if name not in left_out]
    names = list(dict.fromkeys([STOCK, ONE_BY_ONE, *wanted]))
    rates = matmul_rate()
    with tempfile.TemporaryDirectory() as work:
        task = prepare(arguments, Path(work))
        results = measure(names, arguments.rounds, Path(work))
        starts = start_up(task["folders"], arguments.rounds)
    rows = summarise(results, task, rates)
    folder = Path(arguments.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "reviews": len(task["texts"]),
        "tokens": task["tokens"],
        "machine": machine(rates),
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
    for name, reason in left_out.items():
        print(f"Left out: {name}: {reason}.")


if __name__ == "__main__":
    main()

"""Measure the speed of training with one optimization after the other: `benchmark.py --training`."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

# Each step includes those above it; the optimizations not named are switched off.
STEPS = {
    "stock: Trainer, float32, random batches of 16, PEFT": {},
    "+ bf16 autocast": {"bf16"},
    "+ batches of one length": {"bf16", "length"},
    "+ last layer for one token only": {"bf16", "length", "spare"},
    "+ no work for frozen weights": {"bf16", "length", "spare", "frozen"},
    "+ no dropout in the encoder": {"bf16", "length", "spare", "frozen", "dropout"},
    "+ attention written out": {"bf16", "length", "spare", "frozen", "dropout", "eager"},
    "+ frozen weights in bf16 (the minilm recipe)": {"bf16", "length", "spare", "frozen", "dropout", "eager", "half"},
}


def train_once(name: str, dataset: str, rows: int) -> dict:
    """Train one epoch without evaluation; returns the seconds, the number of rows and the mean loss."""
    from dataclasses import replace

    from transformers import EarlyStoppingCallback, set_seed

    from hf_sentiment.training import TrainArguments, adapt, setup
    from hf_sentiment.training.encoding import encode_splits
    from hf_sentiment.training.trainer import make_trainer
    from hf_sentiment.training.trainer_options import training_arguments

    ideas = STEPS[name]
    if "spare" not in ideas:
        setup.compute_first_token_only = lambda model: False
    if "frozen" not in ideas:
        adapt.use_frozen_linear = lambda config: None
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainArguments(
            recipe="minilm",
            dataset=dataset,
            train_size=rows,
            validation_size=16,
            test_size=16,
            output_dir=folder,
            epochs=1,
            group_by_length="length" in ideas,
            bf16="bf16" in ideas,
        ).resolved()
        if "dropout" not in ideas:
            arguments = arguments.with_options(dropout=None)
        options = training_arguments(arguments)
        options = replace(options, eval_strategy="no", save_strategy="no", load_best_model_at_end=False)
        run = setup.prepare(arguments, "", options)
        set_seed(arguments.run.seed)
        model = adapt.adapt(run.classifier(), run)
        if "eager" not in ideas:
            model.get_base_model().set_attn_implementation("sdpa")
        if "half" not in ideas:
            model.float()
        trainer = make_trainer(model, run, encode_splits(run), options)
        trainer.remove_callback(EarlyStoppingCallback)
        started = time.perf_counter()
        result = trainer.train()
        return {"seconds": time.perf_counter() - started, "rows": len(run.reviews.train), "loss": result.training_loss}


def compare(dataset: str, rows: int, rounds: int) -> list[dict]:
    """Run every step in a process of its own, in turn, and return the medians over the rounds."""
    from hf_sentiment.backends.torch import has_bf16

    names = [name for name in STEPS if has_bf16() or "in bf16" not in name and "bf16 autocast" not in name]
    runs: dict[str, list[dict]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            done = subprocess.run(
                [sys.executable, __file__, name, dataset, str(rows)],
                capture_output=True,
                text=True,
                check=True,
                env=os.environ | {"HF_HUB_OFFLINE": "1"},
            )
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
        print(f"  round {number + 1} of {rounds}", file=sys.stderr)
    first = names[0]
    table = []
    for name, each in runs.items():
        ratios = [stock["seconds"] / mine["seconds"] for stock, mine in zip(runs[first], each, strict=True)]
        speeds = [run["rows"] / run["seconds"] for run in each]
        table.append(
            {
                "system": name,
                "reviews_per_second": statistics.median(speeds),
                "times_stock": statistics.median(ratios),
                "loss": each[0]["loss"],
                "seconds": [run["seconds"] for run in each],
            }
        )
    return table


def markdown(rows: list[dict]) -> str:
    """The rows as a table."""
    lines = ["| training | reviews/s | against stock | mean loss |", "|---|---|---|---|"]
    for row in rows:
        speed, ratio, loss = row["reviews_per_second"], row["times_stock"], row["loss"]
        lines.append(f"| {row['system']} | {speed:.1f} | {ratio:.1f}x | {loss:.3f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(train_once(sys.argv[1], sys.argv[2], int(sys.argv[3]))))

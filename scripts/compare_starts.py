"""What each part of the recipe `minilm` adds: the same runs with one part changed at a time.

    python scripts/compare_starts.py --dataset ../shared/data/amazon_polarity/train.parquet --output-dir starts

Every change learns from the same rows as the recipe and is scored on the same others, which must not be test rows that
anything else is judged by. What the recipe has no option for is tried here, around the recipe's own Trainer. Each
finished run becomes a line of runs.jsonl and is not repeated; table.md is written from all lines.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import torch
from drawn_rows import DrawnRows, accuracy, draw_rows, write_rows
from peft.optimizers import create_loraplus_optimizer
from scipy import stats
from torch.nn import functional
from transformers import Trainer

import hf_sentiment
from hf_sentiment.cli import quiet
from hf_sentiment.reports.names import percent, percent_range
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.training import TrainArguments, run, train
from hf_sentiment.training.fit_head import fit_head
from hf_sentiment.training.head import head_layer
from hf_sentiment.training.say import say_nothing
from hf_sentiment.training.setup import RunSetup
from hf_sentiment.training.trainer import make_trainer

RECIPE = "minilm"
HELD = 1500
# Rates of B are so many times those of A; the paper's authors advise 16.
LORA_PLUS_RATIO = 16
# As many steps as SetFit is measured with, of all pairs of so many reviews.
PAIR_STEPS, PAIR_ROWS = 50, 32
PSEUDO_ROWS, SURE = 1000, 0.95

Change = Callable[[TrainArguments, DrawnRows], None]
Around = Callable[[Trainer, RunSetup], None]


def with_options(arguments: TrainArguments, _drawn: DrawnRows, **options) -> None:
    """Train the recipe with other options."""
    train(replace(arguments, **options), say_nothing)


def with_trainer(arguments: TrainArguments, drawn: DrawnRows, change: Around) -> None:
    """Train the recipe with a Trainer that is changed before it trains."""

    def changed(model, setup, *others):
        trainer = make_trainer(model, setup, *others)
        change(trainer, setup)
        return trainer

    with mock.patch.object(run, "make_trainer", changed):
        with_options(arguments, drawn)


def lora_plus(trainer: Trainer, setup: RunSetup) -> None:
    """LoRA+ (Hayou et al. 2024, https://arxiv.org/abs/2402.12354): higher rates for the B matrices."""
    trainer.optimizer = create_loraplus_optimizer(
        trainer.model,
        torch.optim.AdamW,
        lr=setup.arguments.optimizer.learning_rate / np.sqrt(LORA_PLUS_RATIO),
        loraplus_lr_ratio=LORA_PLUS_RATIO,
    )


def frozen_pooler(trainer: Trainer, _setup: RunSetup) -> None:
    """The pooler stays as it starts."""
    for name, weights in trainer.model.named_parameters():
        if "pooler" in name:
            weights.requires_grad_(False)


def clipped_at(norm: float, trainer: Trainer, _setup: RunSetup) -> None:
    """Gradients clipped at another norm than Trainer's 1; at none for 0."""
    trainer.args.max_grad_norm = norm


def pairs_first(trainer: Trainer, setup: RunSetup) -> None:
    """A supervised contrastive stage as SetFit has, on what the head reads; then the head is fitted anew.

    Reviews of one label are drawn to a cosine similarity of 1, and those of two labels to 0.
    """
    head = head_layer(trainer.model, len(setup.config.labels))
    read: list[torch.Tensor] = []
    hook = head.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    rate = setup.arguments.optimizer.learning_rate
    optimizer = torch.optim.AdamW([each for each in trainer.model.parameters() if each.requires_grad], lr=rate)
    random = np.random.default_rng(setup.arguments.run.seed)
    rows = trainer.train_dataset.remove_columns("length")
    trainer.model.train()
    for _ in range(PAIR_STEPS):
        chosen = random.choice(len(rows), min(PAIR_ROWS, len(rows)), replace=False)
        batch = trainer.data_collator([rows[int(row)] for row in chosen])
        read.clear()
        with torch.autocast(trainer.args.device.type, torch.bfloat16, enabled=trainer.args.bf16):
            trainer.model(**batch)
        vectors = functional.normalize(read[0].float(), dim=1)
        same = (batch["labels"][:, None] == batch["labels"]).float()
        functional.mse_loss(vectors @ vectors.T, same).backward()
        optimizer.step()
        optimizer.zero_grad()
    hook.remove()
    fit_head(trainer.model, setup, bf16=trainer.args.bf16).put_into(head)


def pseudo_labels(arguments: TrainArguments, drawn: DrawnRows) -> None:
    """Train twice: then also on the labels that the first adapter gives to other reviews, where it is sure of them."""
    with_options(arguments, drawn)
    others = drawn.others[HELD : HELD + PSEUDO_ROWS]
    answers = hf_sentiment.load(arguments.output_dir)(others[["title", "text"]].to_dict("records"))
    others = others.assign(label=[drawn.labels.index(answer["label"]) for answer in answers])
    sure = others[[answer["score"] >= SURE for answer in answers]]
    both = write_rows(pd.concat([drawn.train, sure]), drawn.labels, Path(f"{arguments.output_dir}-both.csv"))
    with_options(arguments, drawn, dataset=both, overwrite=True)


CHANGES: dict[str, Change] = {
    RECIPE: with_options,
    "head alone": partial(with_options, recipe="base-head"),
    "head not fitted": partial(with_options, fit_head="never"),
    "first token as in the base": partial(with_options, wake="never"),
    "first token reads the mean": partial(with_options, wake="mean"),
    "pooler as it starts": partial(with_trainer, change=frozen_pooler),
    "LoRA+": partial(with_trainer, change=lora_plus),
    "rsLoRA": partial(with_options, use_rslora=True),
    "gradients not clipped": partial(with_trainer, change=partial(clipped_at, 0.0)),
    "weights not averaged": partial(with_options, ema_decay=0.0),
    "no words hidden": partial(with_options, word_dropout=0.0),
    "contrastive stage first": partial(with_trainer, change=pairs_first),
    "pseudo-labels": pseudo_labels,
}


def measure(change: str, dataset: str, size: int, seed: int) -> float:
    """The accuracy of the changed recipe on the held rows."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = draw_rows(DataOptions(dataset, train_size=size, seed=seed), Path(folder))
        adapter = str(Path(folder, "adapter"))
        CHANGES[change](TrainArguments(recipe=RECIPE, output_dir=adapter, seed=seed, **drawn.files), drawn)
        return accuracy(adapter, drawn.others[:HELD], drawn.labels)


def table(runs: list[dict]) -> str:
    """Markdown: the recipe's accuracy, and by how many points each change differs on the same rows and seeds.

    In brackets: the number of seeds. After ±: half of the 95 % interval of the mean difference, by Student's t.
    """
    sizes = sorted({each["size"] for each in runs})
    found = {(each["change"], each["size"], each["seed"]): each["accuracy"] for each in runs}
    lines = [f"| change | {' | '.join(f'{size:,} reviews' for size in sizes)} |", "|---" * (len(sizes) + 1) + "|"]
    for change in CHANGES:
        if any(each["change"] == change for each in runs):
            cells = [_cell(found, change, size) for size in sizes]
            lines.append(f"| {change} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(found: dict[tuple[str, int, int], float], change: str, size: int) -> str:
    both = [seed for name, of, seed in found if (name, of) == (change, size) and (RECIPE, size, seed) in found]
    if not both:
        return "-"
    ours = np.array([found[change, size, seed] for seed in both])
    if change == RECIPE:
        return f"{percent(ours.mean())} ({percent_range([ours.min(), ours.max()])}; {len(both)})"
    points = 100 * (ours - [found[RECIPE, size, seed] for seed in both])
    if len(both) == 1:
        return f"{points.mean():+.1f} (1)"
    half = stats.t.ppf(0.975, len(both) - 1) * stats.sem(points)
    return f"{points.mean():+.1f} ± {half:.1f} ({len(both)})"


def numbers(text: str) -> list[int]:
    """Whole numbers, separated by commas."""
    return [int(each) for each in text.split(",")]


def main() -> None:
    """Run what is missing, seed by seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True, help="labelled reviews without a test split")
    parser.add_argument("--output-dir", required=True, type=Path)
    parser.add_argument("--sizes", type=numbers, default="16,100,300,1000")
    parser.add_argument("--seeds", type=numbers, default="1,2,3,4,5")
    parser.add_argument("--changes", default=",".join(CHANGES))
    arguments = parser.parse_args()
    quiet()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    log = arguments.output_dir / "runs.jsonl"
    runs = [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []
    done = {(each["change"], each["size"], each["seed"]) for each in runs}
    for seed in arguments.seeds:
        for size in arguments.sizes:
            for name in arguments.changes.split(","):
                if (name, size, seed) in done:
                    continue
                found = measure(name, arguments.dataset, size, seed)
                runs.append({"change": name, "size": size, "seed": seed, "accuracy": found})
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(runs[-1]) + "\n")
                print(f"{name}, {size:,} reviews, seed {seed}: {percent(found)}", flush=True)
    (arguments.output_dir / "table.md").write_text(table(runs) + "\n", encoding="utf-8")
    print(table(runs))


if __name__ == "__main__":
    main()

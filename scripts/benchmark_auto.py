"""How close recipe `auto` comes to the best of the recipes that it chooses from.

    python scripts/benchmark_auto.py --data ../shared/data --output-dir auto-cells

A cell is a dataset and a number of training reviews. Each recipe is trained in full and scored once on the same
held-out reviews, which `auto` does not see. Each finished cell becomes a line of cells.jsonl and is not repeated;
table.md is written from all lines.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from hf_sentiment.cli import quiet
from hf_sentiment.reports.names import percent
from hf_sentiment.training import TrainArguments, train
from hf_sentiment.training.auto import choose_recipe
from hf_sentiment.training.auto.candidates import candidates_for
from hf_sentiment.training.say import say_nothing
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.trainer_options import training_arguments

# Name -> folder, and the options that read it. None of them is what the shipped adapter was trained on.
DATASETS = {
    "Yelp": ("yelp_stars", {"label_map": "-1=,0=Negative,1=Positive"}),
    "tweets": ("tweeteval_sentiment", {"label_map": "0=Negative,1=Neutral,2=Positive"}),
    "stars": ("amazon_stars", {"label_column": "stars"}),
    "apps": ("amazon_appstore", {"label_map": "0=Negative,1=Positive"}),
    "films": ("imdb", {"label_map": "0=Negative,1=Positive"}),
}
SIZES = (50, 300, 1000)
TEST, SEED = 1000, 7


def measure(source: str, options: dict, size: int) -> dict:
    """The test accuracy of each recipe, and the one that `auto` chooses."""
    # A fifth of a source without splits would become its test rows.
    rows = {"train_size": size, "test_size": TEST, "seed": SEED}
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainArguments(dataset=source, output_dir=str(Path(folder, "run")), **options, **rows)
        resolved = arguments.resolved()
        setup = prepare(resolved, arguments.command(), training_arguments(resolved))
        candidates = candidates_for(setup, arguments)
        started = time.monotonic()
        chosen = choose_recipe(setup, arguments, print, main=False).arguments.run.recipe
        seconds = time.monotonic() - started
        accuracies = {}
        for candidate in candidates:
            run = replace(arguments, recipe=candidate.recipe, output_dir=str(Path(folder, candidate.recipe)))
            accuracies[candidate.recipe] = train(run, say_nothing).report.accuracy
            print(f"  {candidate.recipe}: {percent(accuracies[candidate.recipe])}", flush=True)
    return {"chosen": chosen, "seconds": round(seconds), "accuracies": accuracies}


def table(cells: list[dict]) -> str:
    """All cells as Markdown; the last column is how far the choice is behind the best."""
    recipes = list(dict.fromkeys(recipe for cell in cells for recipe in cell["accuracies"]))
    lines = [f"| reviews | {' | '.join(recipes)} | auto takes | behind the best |", "|---" * (len(recipes) + 3) + "|"]
    for cell in cells:
        found = cell["accuracies"]
        behind = max(found.values()) - found[cell["chosen"]]
        numbers = " | ".join(percent(found[recipe]) if recipe in found else "-" for recipe in recipes)
        lines.append(
            f"| {cell['dataset']}, {cell['size']} | {numbers} | {cell['chosen']} | {100 * behind:.1f} points |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure the cells that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="the folder with the datasets' folders")
    parser.add_argument("--output-dir", required=True, type=Path)
    parser.add_argument("--datasets", default=",".join(DATASETS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    arguments = parser.parse_args()
    quiet()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    log = arguments.output_dir / "cells.jsonl"
    cells = [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []
    for size in map(int, arguments.sizes.split(",")):
        for name in arguments.datasets.split(","):
            if any((cell["dataset"], cell["size"]) == (name, size) for cell in cells):
                continue
            print(f"{name}, {size} reviews", flush=True)
            folder, options = DATASETS[name]
            cells.append({"dataset": name, "size": size, **measure(str(arguments.data / folder), options, size)})
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(cells[-1]) + "\n")
    (arguments.output_dir / "table.md").write_text(table(cells) + "\n", encoding="utf-8")
    print(table(cells))


if __name__ == "__main__":
    main()

"""How close recipe `auto` comes to the best of the recipes that it chooses from.

    python scripts/benchmark_auto.py --data ../shared/data --output-dir auto-cells

A cell is a dataset and a number of training reviews. Each recipe is trained in full, and its finished adapter is scored
once on the same held-out reviews, which `auto` does not see. Each finished cell becomes a line of cells.jsonl and is
not repeated; table.md is written from all lines.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from drawn_rows import accuracy, draw_rows

from hf_sentiment.cli import quiet
from hf_sentiment.reports.names import percent
from hf_sentiment.training import TrainArguments, train
from hf_sentiment.training.auto import choose_recipe
from hf_sentiment.training.auto.candidates import candidates_for
from hf_sentiment.training.check_run import data_options
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
# Ten by default: each of the datasets at two sizes.
CELLS = "Yelp:50,Yelp:1000,tweets:50,tweets:300,apps:50,apps:300,stars:300,stars:1000,films:50,films:300"
# So many that half a point is more than the standard error of a difference: 0.4 points, if two recipes disagree about
# one review in twenty.
TEST = 3000


def measure(source: str, options: dict, size: int, seed: int) -> dict:
    """The accuracy of each recipe on all other rows, 3,000 at most, and the one that `auto` chooses."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = TrainArguments(
            dataset=source, output_dir=folder, train_size=size, validation_size=size // 4, seed=seed, **options
        )
        drawn = draw_rows(data_options(wanted.resolved()), Path(folder))
        held = drawn.others[:TEST]
        arguments = TrainArguments(output_dir=str(Path(folder, "auto")), seed=seed, **drawn.files)
        resolved = arguments.resolved()
        setup = prepare(resolved, arguments.command(), training_arguments(resolved))
        started = time.monotonic()
        chosen = choose_recipe(setup, arguments, print, main=False)
        seconds = time.monotonic() - started
        accuracies = {}
        for candidate in candidates_for(setup, arguments):
            adapter = str(Path(folder, candidate.recipe))
            train(replace(arguments, recipe=candidate.recipe, output_dir=adapter), say_nothing)
            accuracies[candidate.recipe] = accuracy(adapter, held, drawn.labels)
            print(f"  {candidate.recipe}: {percent(accuracies[candidate.recipe])}", flush=True)
    found = {"chosen": chosen.arguments.run.recipe, "tried": chosen.config.provenance["auto"]}
    return found | {"seconds": round(seconds), "test_rows": len(held), "accuracies": accuracies}


def table(cells: list[dict]) -> str:
    """All cells as Markdown; the last column is how far the choice is behind the best."""
    recipes = list(dict.fromkeys(recipe for cell in cells for recipe in cell["accuracies"]))
    lines = [f"| reviews | {' | '.join(recipes)} | auto takes | behind the best |", "|---" * (len(recipes) + 3) + "|"]
    for cell in cells:
        found = cell["accuracies"]
        behind = max(found.values()) - found[cell["chosen"]]
        numbers = " | ".join(percent(found[recipe]) if recipe in found else "-" for recipe in recipes)
        drawn = f"{cell['dataset']}, {cell['size']}, seed {cell['seed']}"
        lines.append(f"| {drawn} | {numbers} | {cell['chosen']} | {100 * behind:.1f} points |")
    return "\n".join(lines)


def main() -> None:
    """Measure the cells that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="the folder with the datasets' folders")
    parser.add_argument("--output-dir", required=True, type=Path)
    parser.add_argument("--cells", default=CELLS, help="datasets and their numbers of training reviews")
    parser.add_argument("--seed", type=int, default=7, help="draws the rows, and is the seed of the trainings")
    arguments = parser.parse_args()
    quiet()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    log = arguments.output_dir / "cells.jsonl"
    cells = [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []
    for cell in arguments.cells.split(","):
        name, size = cell.split(":")[0], int(cell.split(":")[1])
        drawn = {"dataset": name, "size": size, "seed": arguments.seed}
        if any(drawn.items() <= each.items() for each in cells):
            continue
        print(f"{name}, {size} reviews", flush=True)
        folder, options = DATASETS[name]
        cells.append(drawn | measure(str(arguments.data / folder), options, size, arguments.seed))
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(cells[-1]) + "\n")
    (arguments.output_dir / "table.md").write_text(table(cells) + "\n", encoding="utf-8")
    print(table(cells))


if __name__ == "__main__":
    main()

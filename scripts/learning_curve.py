"""How accuracy grows with the number of labelled reviews, compared with TF-IDF and SetFit.

    python scripts/learning_curve.py --dataset ../shared/data/amazon_polarity --output-dir curve

Every system learns from the same rows and is scored once on the same test rows. Each finished run becomes a line of
runs.jsonl and is not repeated, so an interrupted call can be resumed, and systems can run in separate calls. table.md,
table.csv and curve.png are written from all lines. `--init-adapter` adds our recipe a second time, continuing from an
adapter for the same labels that was trained on other reviews.
"""

import argparse
import json
import tempfile
from pathlib import Path

from learning_curve_report import write_report
from learning_curve_systems import ADAPTERS, SYSTEMS

from hf_sentiment.adapter.folder import find_adapter
from hf_sentiment.cli import quiet
from hf_sentiment.errors import SentimentError, require
from hf_sentiment.reports.names import percent, percent_range
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.fingerprints import read_training_rows, text_mark
from hf_sentiment.reviews.labels import SINGLE_LABEL
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.sources import source_name
from hf_sentiment.reviews.splits import MAX_VALIDATION

# With few rows, results vary between draws; with many, a run takes long.
ALL_SEEDS_UP_TO = 1000
# Two sources may share texts such as "Great product"; a larger share means the adapter was trained on these reviews.
MOST_KNOWN = 0.01


def draw_curve(arguments: argparse.Namespace) -> None:
    """Run what is missing, then draw the table and the picture of all runs.

    Raises:
        SentimentError: see `count_rows`, `check_settings` and `train`.
    """
    folder = Path(arguments.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "runs.jsonl"
    runs = read_runs(log)
    check_settings(runs, arguments)
    done = {(run["system"], run["size"], run["seed"]) for run in runs}
    wanted = [(name, size, seed) for size, seed in plan(arguments.sizes, arguments.seeds) for name in arguments.systems]
    missing = [each for each in wanted if each not in done]
    there = count_rows(arguments) if missing else 0
    for name, size, seed in missing:
        run = {"system": name, "size": size, "seed": seed, "settings": settings(arguments, name)}
        rows = {"train_size": size, "validation_size": validation_size(size, there)}
        rows |= {"test_size": arguments.test_size, "seed": seed}
        with tempfile.TemporaryDirectory() as temporary:
            kept = folder / "adapters" / f"{name}-{size}-{seed}"
            place = kept if arguments.keep and name in ADAPTERS else Path(temporary)
            run |= SYSTEMS[name](arguments, rows, place)
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")
        interval = percent_range([run["low"], run["high"]])
        print(f"{name}, {size:,} reviews, seed {seed}: {percent(run['accuracy'])} ({interval}), {run['seconds']:.0f} s")
    print(write_report(read_runs(log), list(SYSTEMS), folder))


def plan(sizes: list[int], seeds: list[int]) -> list[tuple[int, int]]:
    """Each size with its seeds, small sizes first; sizes over 1,000 have only the first seed."""
    return [(size, seed) for size in sorted(sizes) for seed in (seeds if size <= ALL_SEEDS_UP_TO else seeds[:1])]


def validation_size(size: int, there: int) -> int | None:
    """Validation rows for a training size; None for the default number, if enough rows are left for it."""
    return None if there - size >= min(MAX_VALIDATION, size // 4) else there - size


def count_rows(arguments: argparse.Namespace) -> int:
    """Count the labelled rows available for training and validation.

    Runs that would fail or mislead are refused here, before hours are spent on them.

    Raises:
        SentimentError: there are too few rows for a size, SetFit is missing or does not support the labels, or the
            adapter to continue from was trained on the reviews.
    """
    options = DataOptions(arguments.dataset, test_size=arguments.test_size, seed=arguments.seeds[0])
    reviews = load_reviews(options)
    there = reviews.train_rows + len(reviews.validation)
    if there <= (most := max(arguments.sizes)):
        raise SentimentError(
            f"{reviews.source} has {there:,} reviews for training and validation: a size of {most:,} is too many."
        )
    if "setfit" in arguments.systems:
        require("setfit", "benchmark", "SetFit")
        if reviews.problem_type != SINGLE_LABEL:
            raise SentimentError("SetFit is measured with one label per review only: leave it out of --systems.")
    if "minilm-warm" in arguments.systems:
        known = read_training_rows(find_adapter(arguments.init_adapter)) or frozenset()
        share = sum(text_mark(text) in known for text in reviews.train["text"]) / reviews.train_rows
        if share > MOST_KNOWN:
            raise SentimentError(
                f"{percent(share)} of the reviews are training rows of {arguments.init_adapter}: "
                "give --init-adapter one that was trained on other reviews."
            )
    return there


def settings(arguments: argparse.Namespace, system: str) -> dict:
    """What a run depends on besides its size and seed, without local paths."""
    chosen = {"dataset": source_name(arguments.dataset), "test_size": arguments.test_size}
    if system in ADAPTERS:
        chosen["recipe"] = Path(arguments.warm_recipe if system == "minilm-warm" else arguments.recipe).stem
    if system == "minilm-warm":
        chosen["init_adapter"] = Path(arguments.init_adapter or "").name
    if system == "setfit":
        chosen["steps"] = arguments.setfit_steps
    return chosen


def read_runs(path: Path) -> list[dict]:
    """Read the finished runs.

    Raises:
        SentimentError: a line is not JSON.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        raise SentimentError(f"{path} has a line that is not JSON: delete it to repeat its run.") from None


def check_settings(runs: list[dict], arguments: argparse.Namespace) -> None:
    """Check that finished runs used the same settings, because one table cannot hold both.

    Raises:
        SentimentError: a setting differs.
    """
    for run in runs:
        now = settings(arguments, run["system"])
        if run["system"] not in arguments.systems:
            now = {name: now[name] for name in ("dataset", "test_size")}
        for name, value in now.items():
            if (before := run["settings"].get(name)) != value:
                raise SentimentError(
                    f"{arguments.output_dir} holds runs of {run['system']} with the {name.replace('_', ' ')} {before}, "
                    f"not {value}: give another --output-dir."
                )


def numbers(text: str) -> list[int]:
    """Parse whole numbers above 0, separated by commas, without repetitions."""
    found = [int(word) for word in text.split(",")]
    if min(found) < 1:
        raise ValueError(text)
    return list(dict.fromkeys(found))


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Parse the arguments; without --init-adapter, the system that needs it is left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True, help="where the reviews come from")
    parser.add_argument("--output-dir", required=True)
    parser.add_argument("--sizes", type=numbers, default="16,50,100,300,1000,3000,9000", help="training rows")
    parser.add_argument(
        "--seeds", type=numbers, default="1,2,3", help=f"sizes over {ALL_SEEDS_UP_TO:,} use only the first"
    )
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--init-adapter", help="the adapter that minilm-warm continues from")
    parser.add_argument("--setfit-steps", type=int, default=100, help="-1: as many as SetFit takes by itself")
    parser.add_argument("--recipe", default="minilm", help="recipe of minilm: a name or a YAML file")
    parser.add_argument("--warm-recipe", default="minilm-warm", help="recipe of minilm-warm: a name or a YAML file")
    parser.add_argument("--test-size", type=int, help="maximum number of test reviews; all by default")
    parser.add_argument("--keep", action="store_true", help="keep the adapters, in the output folder")
    arguments = parser.parse_args(argv)
    arguments.systems = arguments.systems.split(",")
    if unknown := [name for name in arguments.systems if name not in SYSTEMS]:
        parser.error(f"there is no system {unknown[0]!r}: the systems are {', '.join(SYSTEMS)}")
    if not arguments.init_adapter:
        arguments.systems = [name for name in arguments.systems if name != "minilm-warm"]
    return arguments


def main(argv: list[str] | None = None) -> None:
    """Draw the curve."""
    arguments = parse(argv)
    quiet()
    try:
        draw_curve(arguments)
    except SentimentError as error:
        raise SystemExit(f"learning_curve.py: {error}") from error


if __name__ == "__main__":
    main()

"""How accuracy grows with the number of labelled reviews, beside TF-IDF with logistic regression and SetFit.

    python scripts/learning_curve.py --dataset ../shared/data/amazon_polarity --output-dir curve

Every system learns from the same rows and is scored on the same test rows, once. Each finished run becomes a line of
runs.jsonl and is not made again: what was interrupted goes on, and systems can be left to calls of their own. From all
the lines there, table.md, table.csv and curve.png are written. `--init-adapter` adds our recipe once more, going on
from an adapter for the same labels that was trained on other reviews.
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
from hf_sentiment.reports.wording import percent, percents
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.fingerprints import read_training_rows, text_mark
from hf_sentiment.reviews.labels import SINGLE_LABEL
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.sources import source_name
from hf_sentiment.reviews.splits import MAX_VALIDATION

# The fewer the rows, the more it matters which; with more of them a run takes long.
ALL_SEEDS_UP_TO = 1000
# Two sources share a "Great product" now and then; beyond this, an adapter has been trained on these very reviews.
MOST_KNOWN = 0.01


def draw_curve(arguments: argparse.Namespace) -> None:
    """Make the runs that are missing, then the table and the picture of all that are there.

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
        interval = percents([run["low"], run["high"]])
        print(f"{name}, {size:,} reviews, seed {seed}: {percent(run['accuracy'])} ({interval}), {run['seconds']:.0f} s")
    print(write_report(read_runs(log), list(SYSTEMS), folder))


def plan(sizes: list[int], seeds: list[int]) -> list[tuple[int, int]]:
    """Each size with its seeds, the small ones first; sizes over 1,000 have the first seed alone."""
    return [(size, seed) for size in sorted(sizes) for seed in (seeds if size <= ALL_SEEDS_UP_TO else seeds[:1])]


def validation_size(size: int, there: int) -> int | None:
    """Validation rows for a training size; None for the default, where so many are left beside the training rows."""
    return None if there - size >= min(MAX_VALIDATION, size // 4) else there - size


def count_rows(arguments: argparse.Namespace) -> int:
    """The labelled rows that training and validation rows can be taken from.

    What could only fail or mislead is refused here, before hours have gone into it.

    Raises:
        SentimentError: they are too few for a size, SetFit is missing or cannot have the labels, or the adapter to go
            on from knows the reviews.
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
            raise SentimentError("SetFit is measured with one label a review: leave it out of --systems.")
    if "minilm-warm" in arguments.systems:
        known = read_training_rows(find_adapter(arguments.init_adapter)) or frozenset()
        share = sum(text_mark(text) in known for text in reviews.train["text"]) / reviews.train_rows
        if share > MOST_KNOWN:
            raise SentimentError(
                f"{percent(share)} of the reviews are training rows of {arguments.init_adapter}: "
                "give --init-adapter one that was trained on others."
            )
    return there


def settings(arguments: argparse.Namespace, system: str) -> dict:
    """What a run depends on beside its size and seed, without any path of this machine."""
    told = {"dataset": source_name(arguments.dataset), "test_size": arguments.test_size}
    if system in ADAPTERS:
        told["recipe"] = Path(arguments.warm_recipe if system == "minilm-warm" else arguments.recipe).stem
    if system == "minilm-warm":
        told["init_adapter"] = Path(arguments.init_adapter or "").name
    if system == "setfit":
        told["steps"] = arguments.setfit_steps
    return told


def read_runs(path: Path) -> list[dict]:
    """The runs that are done.

    Raises:
        SentimentError: a line is not readable.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        raise SentimentError(f"{path} has a line that is not JSON: delete it, and its run is made again.") from None


def check_settings(runs: list[dict], arguments: argparse.Namespace) -> None:
    """Raise a SentimentError where runs that are done were told something else: one table could not hold both."""
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
    """Whole numbers above 0 with commas between them, each once."""
    found = [int(word) for word in text.split(",")]
    if min(found) < 1:
        raise ValueError(text)
    return list(dict.fromkeys(found))


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The arguments; without an adapter to go on from, the system that needs one is left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True, help="where the reviews come from")
    parser.add_argument("--output-dir", required=True)
    parser.add_argument("--sizes", type=numbers, default="100,300,1000,3000,9000", help="training rows")
    parser.add_argument(
        "--seeds", type=numbers, default="1,2,3", help=f"sizes over {ALL_SEEDS_UP_TO:,} have the first alone"
    )
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--init-adapter", help="the adapter that minilm-warm goes on from")
    parser.add_argument("--setfit-steps", type=int, default=100)
    parser.add_argument("--recipe", default="minilm", help="of minilm: a name, or a YAML file")
    parser.add_argument("--warm-recipe", default="minilm-warm", help="of minilm-warm: the same")
    parser.add_argument("--test-size", type=int, help="most test reviews; all by default")
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

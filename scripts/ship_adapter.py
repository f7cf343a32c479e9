"""Train the adapter that ships with the package, from data that may be used for it, and compare it with the old one.

    python scripts/ship_adapter.py --data ../shared/data

It is trained on Amazon Polarity, reviews of five product domains (Blitzer et al. 2007), the demo corpus and
lukewarm.csv: neutral reviews written for this purpose, each given with both labels, so that the adapter is not
confident about reviews without a clear sentiment. Among 36,000 other reviews their effect is lost, so a second, short
run repeats them. Validation rows choose the epochs; the test split of Amazon Polarity is scored after each run and
chooses nothing. At the end the adapter is evaluated on other datasets. With --ship it replaces the shipped adapter.
"""

import argparse
import csv
import json
import random
import shutil
from pathlib import Path

from transformers import AutoConfig

from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.adapter.folder import ADAPTER_CONFIG, DEFAULT_FOLDER, copy_adapter
from hf_sentiment.adapter.manifest import write_manifest
from hf_sentiment.cli import quiet
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.evaluation import EvaluationReport, compare, evaluate_adapter
from hf_sentiment.hub import add_to_card, write_card
from hf_sentiment.reports.names import percent
from hf_sentiment.reports.other_datasets import read_other_datasets
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import Reviews, load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.training import TrainArguments, train
from hf_sentiment.training.arguments import SHAPE

COMMAND = "python scripts/ship_adapter.py --data DIR"
LUKEWARM = Path(__file__).with_name("lukewarm.csv")
POLARITY, DOMAINS = "amazon_polarity", "amazon_reviews_multidomain"
SOURCES = f"{POLARITY}, {DOMAINS}, the demo corpus and lukewarm.csv"
REPORT = Path("evaluation", "report.json")
# Rows of Amazon Polarity's training split on which the epoch, the temperature and the thresholds are chosen.
VALIDATION = 1000
# Twice the rank of `minilm` for thirty times its rows, at a learning rate at which training does not collapse: see
# base.yaml.
OPTIONS = {
    "recipe": "minilm",
    "lora_r": 16,
    "lora_alpha": 32,
    "learning_rate": 4e-4,
    "batch_size": 32,
    "epochs": 3,
    # Less than for a thousand rows, which are memorized sooner.
    "word_dropout": 0.1,
    # Averages over about 200 of 3,400 steps.
    "ema_decay": 0.995,
    "warmup_ratio": 0.1,
    "seed": 42,
}
# For the second run: one epoch with a low learning rate.
SETTLE = {"learning_rate": 1e-4, "epochs": 1}
OTHERS, REPEATS = 4000, 8
# Name in the card -> folder, label map, and slices, for the datasets that are not trained on.
# Reviews with three stars are left out.
STARS = "-1=,0=Negative,1=Positive"
OTHER_DATASETS = {
    "Amazon reviews of nine product groups": ("amazon_stars", STARS, ("domain", "short")),
    "Android apps": ("amazon_appstore", STARS, ("short",)),
    "Yelp": ("yelp_stars", STARS, ("short",)),
    "IMDb films": ("imdb", STARS, ()),
    "tweets": ("tweeteval_sentiment", "0=Negative,1=,2=Positive", ()),
    "ironic and plain Amazon reviews, labelled by their stars": ("amazon_sarcasm", STARS, ("sarcastic",)),
}
# Of each dataset; more rows would hardly narrow the intervals.
MAX_ROWS = 5000


def make(data: Path, folder: Path) -> Path:
    """Train and evaluate the adapter; an interrupted run is resumed, a finished one is not repeated."""
    first, adapter = folder / "first", folder / "adapter"
    if not (first / ADAPTER_CONFIG).is_file():
        reviews = load_reviews(DataOptions(str(data / POLARITY), validation_size=VALIDATION))
        reviews = mix(reviews, data, folder / "reviews.csv")
        train(TrainArguments(dataset=str(reviews), output_dir=str(first), resume=True, **OPTIONS))
    if not (adapter / ADAPTER_CONFIG).is_file():
        reviews = settle(folder / "reviews.csv", folder / "settle.csv")
        # The rank comes from the adapter.
        options = {name: value for name, value in OPTIONS.items() if name not in SHAPE}
        options |= {"init_adapter": str(first), "resume": True, **SETTLE}
        train(TrainArguments(dataset=str(reviews), output_dir=str(adapter), **options))
        name_sources(adapter, first)
    done = {entry["name"] for entry in read_other_datasets(adapter / "evaluation")}
    for name, (source, label_map, slices) in OTHER_DATASETS.items():
        if name not in done and (data / source).is_dir():
            columns = tuple(column for column in slices if column != "short")
            options = {"columns": Columns(slices=columns), "label_map": label_map, "size": MAX_ROWS}
            report = evaluate_adapter(adapter, str(data / source), split="train", **options)
            add_to_card(adapter, name, report, slices)
            print(f"{name}: {percent(report.accuracy)} of {report.rows:,}")
    return adapter


def mix(reviews: Reviews, data: Path, path: Path) -> Path:
    """Write one file with a column for the split: the reviews, with the other sources added to the training rows."""
    domains = DataOptions(str(data / DOMAINS), labels=reviews.labels)
    more = [load_split(domains, "train"), load_reviews(DataOptions("demo")).train]
    parts = [("train", reviews.train), *(("train", each) for each in more)]
    parts += [("validation", reviews.validation), ("test", reviews.test)]
    with LUKEWARM.open(newline="", encoding="utf-8") as file:
        lukewarm = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["title", "text", "label", "split"])
        for split, rows in parts:
            for row in rows:
                writer.writerow([row["title"], row["text"], reviews.labels[row["label"]], split])
        for row in lukewarm:
            for label in reviews.labels:
                writer.writerow([row["title"], row["text"], label, "train"])
    return path


def settle(reviews: Path, path: Path) -> Path:
    """Write the lukewarm reviews, repeated, and a sample of the others, so that these are not forgotten."""
    with reviews.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with LUKEWARM.open(newline="", encoding="utf-8") as file:
        texts = {row["text"] for row in csv.DictReader(file)}
    lukewarm = [row for row in rows if row["text"] in texts and row["split"] == "train"]
    others = [row for row in rows if row["text"] not in texts and row["split"] == "train"]
    kept = random.Random(OPTIONS["seed"]).sample(others, OTHERS) + lukewarm * REPEATS
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(kept + [row for row in rows if row["split"] != "train"])
    return path


def name_sources(adapter: Path, first: Path) -> None:
    """Record the sources' names instead of the mixed files', and the rows, seconds and baselines of both runs.

    The reader of the card does not have the mixed files. TF-IDF trained on the second run's rows alone would be a
    weaker baseline than it should be.
    """
    config, earlier = SentimentConfig.load(adapter), SentimentConfig.load(first).provenance
    config.provenance |= {"dataset": SOURCES, "command": COMMAND, "rows": earlier["rows"]}
    config.provenance["arguments"] |= {name: earlier["arguments"][name] for name in SETTLE}
    config.provenance["training"]["seconds"] += earlier["training"]["seconds"]
    config.save(adapter)
    write_manifest(adapter)
    report, before = (json.loads((each / REPORT).read_text(encoding="utf-8")) for each in (adapter, first))
    report |= {"dataset": POLARITY, "splits": before["splits"], "baseline": before["baseline"]}
    EvaluationReport(**report).save((adapter / REPORT).parent)
    write_card(adapter)


def ship(source: Path) -> None:
    """Copy the adapter into the package, with its base's config.json and the adapter's labels in it.

    Only the shipped folder has a config.json: with it, `pipeline("sentiment-lora")` finds everything in the folder and
    asks the network for nothing.
    """
    shutil.rmtree(DEFAULT_FOLDER, ignore_errors=True)
    copy_adapter(source, DEFAULT_FOLDER)
    config = SentimentConfig.load(source)
    base = locate_base(config.base["id"], config.base["revision"])
    label2id = {label: index for index, label in config.id2label.items()}
    AutoConfig.from_pretrained(base.path, id2label=config.id2label, label2id=label2id).save_pretrained(DEFAULT_FOLDER)
    size = sum(path.stat().st_size for path in DEFAULT_FOLDER.rglob("*") if path.is_file())
    print(f"Shipped: {size / 1e6:.1f} MB")


def main() -> None:
    """Train, compare with the shipped adapter, and ship."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="the folder with the sources' folders")
    parser.add_argument("--output-dir", default="shipped", help="resumed if it exists")
    parser.add_argument("--ship", action="store_true", help="replace the shipped adapter")
    arguments = parser.parse_args()
    quiet()
    folder = Path(arguments.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    adapter = make(arguments.data, folder)
    print(compare("default", adapter, str(arguments.data / POLARITY)).table())
    if arguments.ship:
        ship(adapter)


if __name__ == "__main__":
    main()

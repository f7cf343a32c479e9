"""Make the adapter that ships with the package, from data whose sources allow it, and say how close it comes to it.

    python scripts/ship_adapter.py --data ../shared/data

It learns from Amazon Polarity, reviews of five product domains (Blitzer et al. 2007), the demo corpus and lukewarm.csv:
reviews that take no side, written for this, each given with either label, so that the adapter is not sure of what
nobody can be sure of. Among 36,000 others they are soon forgotten: a second, short run goes over them again.
Validation rows choose the epochs; the test split of Amazon Polarity is scored after each run, and chooses nothing. At
the end the sets are scored that it was not trained on. With --ship the result takes the place of what ships.
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
from hf_sentiment.cli import quiet
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.evaluation import EvaluationReport, compare, evaluate_adapter
from hf_sentiment.hub import add_to_card, write_card
from hf_sentiment.reports.other_data import read_elsewhere
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import Reviews, load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.training import TrainArguments, train

COMMAND = "python scripts/ship_adapter.py --data DIR"
LUKEWARM = Path(__file__).with_name("lukewarm.csv")
POLARITY, DOMAINS = "amazon_polarity", "amazon_reviews_multidomain"
SOURCES = f"{POLARITY}, {DOMAINS}, the demo corpus and lukewarm.csv"
REPORT = Path("evaluation", "report.json")
# Rows of Amazon Polarity's training split that choose the epoch, the temperature and the thresholds.
VALIDATION = 1000
# Twice the rank of `minilm` for thirty times its rows, at a rate that does not collapse: see base.yaml.
OPTIONS = {
    "recipe": "minilm",
    "lora_r": 16,
    "lora_alpha": 32,
    "learning_rate": 4e-4,
    "batch_size": 32,
    "epochs": 3,
    # Less than for a thousand rows, which are sooner learnt by heart.
    "word_dropout": 0.1,
    # Over some 200 of 3,400 steps.
    "ema_decay": 0.995,
    "warmup_ratio": 0.1,
    "seed": 42,
}
# Of the second run: one slow pass.
SETTLE = {"learning_rate": 1e-4, "epochs": 1}
OTHERS, REPEATS = 4000, 8
# What the card calls a set that is not trained on -> its folder, its labels' values, and what it is sliced by.
# Stars of three take no side.
STARS = "-1=,0=Negative,1=Positive"
ELSEWHERE = {
    "Amazon reviews of nine product groups": ("amazon_stars", STARS, ("domain", "short")),
    "Android apps": ("amazon_appstore", STARS, ("short",)),
    "Yelp": ("yelp_stars", STARS, ("short",)),
    "IMDb films": ("imdb", STARS, ()),
    "tweets": ("tweeteval_sentiment", "0=Negative,1=,2=Positive", ()),
    "ironic and plain Amazon reviews, labelled by their stars": ("amazon_sarcasm", STARS, ("sarcastic",)),
}
# Of each; more would tell little more.
MOST_ROWS = 5000


def make(data: Path, folder: Path) -> Path:
    """Train the adapter and measure it; a run that was interrupted goes on, and one that is done is not done again."""
    first, adapter = folder / "first", folder / "adapter"
    if not (first / ADAPTER_CONFIG).is_file():
        reviews = load_reviews(DataOptions(str(data / POLARITY), validation_size=VALIDATION))
        reviews = mix(reviews, data, folder / "reviews.csv")
        train(TrainArguments(dataset=str(reviews), output_dir=str(first), resume=True, **OPTIONS))
    if not (adapter / ADAPTER_CONFIG).is_file():
        reviews = settle(folder / "reviews.csv", folder / "settle.csv")
        options = {"init_adapter": str(first), "resume": True, **OPTIONS, **SETTLE}
        train(TrainArguments(dataset=str(reviews), output_dir=str(adapter), **options))
        name_sources(adapter, first)
    done = {entry["name"] for entry in read_elsewhere(adapter / "evaluation")}
    for name, (source, label_map, slices) in ELSEWHERE.items():
        if name not in done and (data / source).is_dir():
            columns = tuple(column for column in slices if column != "short")
            options = {"columns": Columns(slices=columns), "label_map": label_map, "size": MOST_ROWS}
            report = evaluate_adapter(adapter, str(data / source), split="train", **options)
            add_to_card(adapter, name, report, slices)
            print(f"{name}: {report.accuracy:.1%} of {report.rows:,}")
    return adapter


def mix(reviews: Reviews, data: Path, path: Path) -> Path:
    """The reviews with the other sources' added to their training rows, in one file that names the splits."""
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
    """The lukewarm reviews, many times, and some of the others, lest these be forgotten."""
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
    """Call the reviews by their sources' names, and tell of both runs: rows, seconds, and what TF-IDF makes of them.

    The mixed files are of no use to a reader of the card; TF-IDF on the second run's rows alone would flatter us.
    """
    config, earlier = SentimentConfig.load(adapter), SentimentConfig.load(first).provenance
    config.provenance |= {"dataset": SOURCES, "command": COMMAND, "rows": earlier["rows"]}
    config.provenance["arguments"] |= {name: earlier["arguments"][name] for name in SETTLE}
    config.provenance["training"]["seconds"] += earlier["training"]["seconds"]
    config.save(adapter)
    report, before = (json.loads((each / REPORT).read_text(encoding="utf-8")) for each in (adapter, first))
    report |= {"dataset": POLARITY, "splits": before["splits"], "baseline": before["baseline"]}
    EvaluationReport(**report).save((adapter / REPORT).parent)
    write_card(adapter)


def ship(source: Path) -> None:
    """Copy the adapter, and write its base's config, with the adapter's labels, beside it.

    The shipped folder alone gets a config.json: with it, `pipeline("sentiment-lora")` finds all it asks for in the
    folder and nothing on the network.
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
    """Train, say how close it comes, and ship."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="the folder with the sources' folders")
    parser.add_argument("--output-dir", default="shipped", help="taken up again where it exists")
    parser.add_argument("--ship", action="store_true", help="put it in the place of the adapter that ships")
    arguments = parser.parse_args()
    quiet()
    folder = Path(arguments.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    adapter = make(arguments.data, folder)
    # Both on the same rows: first what ships now.
    print(compare("default", adapter, str(arguments.data / POLARITY)).table())
    if arguments.ship:
        ship(adapter)


if __name__ == "__main__":
    main()

"""Make the adapter that ships with the package, from data whose sources allow it, in two runs.

    python scripts/ship_adapter.py --domains DIR --polarity amazon_polarity

The first run learns from reviews of five product domains (Blitzer et al. 2007). The second goes on from it with Amazon
Polarity, the demo reviews and lukewarm.csv: reviews that take no side, written for this, each given with either label,
so that the adapter is not sure of what nobody can be sure of. Both choose on validation rows; the test split of Amazon
Polarity is scored once, at the end. What was shipped before is replaced, and how far the numbers are apart is said.
"""

import argparse
import csv
import json
import shutil
from pathlib import Path

from transformers import AutoConfig

from hf_sentiment.bases import locate_base
from hf_sentiment.cli import quiet
from hf_sentiment.config import SentimentConfig
from hf_sentiment.folder import ADAPTER_CONFIG, DEFAULT_FOLDER, copy_adapter
from hf_sentiment.hub import write_card
from hf_sentiment.reviews import Reviews, load_reviews
from hf_sentiment.training import TrainArguments, train

COMMAND = "python scripts/ship_adapter.py --domains DIR --polarity amazon_polarity"
LUKEWARM = Path(__file__).with_name("lukewarm.csv")
# Twice the rank of `minilm` for thirty times its rows, at a rate that does not collapse: see base.yaml.
SHARED = {"recipe": "minilm", "lora_r": 16, "lora_alpha": 32, "learning_rate": 4e-4, "batch_size": 32, "resume": True}


def make(domains: str, polarity: str, folder: Path) -> Path:
    """Train the adapter; a run that was interrupted goes on, and one that is done is not done again."""
    first, second = folder / "domains", folder / "adapter"
    if not (first / ADAPTER_CONFIG).is_file():
        options = {"dataset": domains, "validation_size": 500, "test_size": 500, "epochs": 2}
        train(TrainArguments(output_dir=str(first), **options, **SHARED))
    if not (second / ADAPTER_CONFIG).is_file():
        mixed = mix(load_reviews(polarity, validation_size=1000), folder / "amazon_polarity_and_demo.csv")
        options = {"dataset": str(mixed), "init_adapter": str(first), "epochs": 3}
        train(TrainArguments(output_dir=str(second), **options, **SHARED))
    return second


def mix(reviews: Reviews, path: Path) -> Path:
    """The reviews with the demo's training rows and the lukewarm ones added, in one file that names the splits."""
    parts = [("train", reviews.train), ("train", load_reviews("demo").train)]
    parts += [("validation", reviews.validation), ("test", reviews.test)]
    with LUKEWARM.open(newline="", encoding="utf-8") as file:
        lukewarm = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["title", "text", "label", "split"])
        for split, data in parts:
            for row in data:
                writer.writerow([row["title"], row["text"], reviews.labels[row["label"]], split])
        for row in lukewarm:
            for label in reviews.labels:
                writer.writerow([row["title"], row["text"], label, "train"])
    return path


def ship(source: Path) -> None:
    """Copy the adapter, and write its base's config, with the adapter's labels, beside it.

    The shipped folder alone gets a config.json: with it, `pipeline("sentiment-lora")` finds all it asks for in the
    folder and nothing on the network.
    """
    config = SentimentConfig.load(source)
    config.provenance["command"] = COMMAND
    report = DEFAULT_FOLDER / "evaluation" / "report.json"
    before = json.loads(report.read_text(encoding="utf-8"))["accuracy"] if report.is_file() else None
    shutil.rmtree(DEFAULT_FOLDER, ignore_errors=True)
    copy_adapter(source, DEFAULT_FOLDER)
    config.save(DEFAULT_FOLDER)
    write_card(DEFAULT_FOLDER)
    base = locate_base(config.base["id"], config.base["revision"])
    label2id = {label: index for index, label in config.id2label.items()}
    AutoConfig.from_pretrained(base.path, id2label=config.id2label, label2id=label2id).save_pretrained(DEFAULT_FOLDER)
    size = sum(path.stat().st_size for path in DEFAULT_FOLDER.rglob("*") if path.is_file())
    now = json.loads(report.read_text(encoding="utf-8"))["accuracy"]
    print(f"Shipped: {size / 1e6:.1f} MB, accuracy {now:.1%}; what it replaces had {before:.1%}.")


def main() -> None:
    """Train and ship."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domains", required=True, help="the reviews of five domains")
    parser.add_argument("--polarity", default="amazon_polarity")
    parser.add_argument("--output-dir", default="shipped", help="for the two runs; taken up again where it exists")
    arguments = parser.parse_args()
    quiet()
    folder = Path(arguments.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    ship(make(arguments.domains, arguments.polarity, folder))


if __name__ == "__main__":
    main()

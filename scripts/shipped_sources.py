"""The reviews that the shipped adapters learn from, as one file with a column for the split."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions

LUKEWARM = Path(__file__).with_name("lukewarm.csv")
POLARITY, DOMAINS, EMOTIONS = "amazon_polarity", "amazon_reviews_multidomain", "goemotions"
LABELS = ("Negative", "Positive")
# Rows of Amazon Polarity's training split on which the epoch, the temperature and the thresholds are chosen.
VALIDATION = 1000
SEED = 42
# GoEmotions' classes with a clear sentiment, by their numbers: disappointment, disapproval, anger, annoyance, ...;
# admiration, amusement, approval, ... Texts with any other class are left out.
FELT = {"Negative": {2, 3, 9, 10, 11, 12, 14, 16, 19, 24, 25}, "Positive": {0, 1, 4, 5, 13, 15, 17, 18, 20, 21, 23}}
# Shorter ones say little.
LEAST_WORDS = 4


@dataclass
class Mix:
    """How many rows of the other sources join Amazon Polarity's.

    Attributes:
        domains: rows of the five product domains; None for all.
        sentences: short texts of GoEmotions per label.
        lukewarm: how often each lukewarm review is repeated, with both labels.
    """

    domains: int | None = None
    sentences: int = 0
    lukewarm: int = 1

    @property
    def sources(self) -> str:
        """The sources' names, for the card."""
        emotions = [EMOTIONS] if self.sentences else []
        return ", ".join([POLARITY, DOMAINS, *emotions, "the demo corpus"]) + " and lukewarm.csv"

    def files(self, rows: int) -> list[dict[str, str]]:
        """What each source is, for the card: its `name`, and `what` it holds.

        Args:
            rows: training rows in all; those that are of no other source are Amazon Polarity's.
        """
        domains, demo = self.domains or 0, len(load_reviews(DataOptions("demo")).train)
        lukewarm = len(read_lukewarm())
        polarity = rows - domains - 2 * self.sentences - demo - 2 * lukewarm * self.lukewarm
        held = f"{VALIDATION:,} more for validation, and all of its test split here for testing"
        found = {
            POLARITY: "a part of Amazon Polarity, reviews with one or two against four or five stars (Zhang et al. "
            f"2015): {polarity:,} rows for training, {held}",
            DOMAINS: "reviews of books, films, electronics, kitchenware and videos (Blitzer et al. 2007): "
            f"{domains:,} rows for training",
            EMOTIONS: "short comments whose emotions all have the same sentiment (GoEmotions, Demszky et al. 2020): "
            f"{self.sentences:,} rows of each label for training",
            "demo.csv": f"the invented reviews in the package: {demo:,} rows for training",
            LUKEWARM.name: f"{lukewarm:,} lukewarm reviews, invented for this purpose, beside the script: each given "
            f"{self.lukewarm} times with either label, so that the adapter is not sure of such reviews",
        }
        return [{"name": name, "what": what} for name, what in found.items() if name != EMOTIONS or self.sentences]


def write_mix(data: Path, path: Path, mix: Mix) -> Path:
    """Write the file: training rows in random order, then Amazon Polarity's validation and test rows.

    Args:
        data: the folder with the sources' folders.
        path: the CSV file to write.
        mix: how many rows of each source.
    """
    polarity = load_reviews(DataOptions(str(data / POLARITY), validation_size=VALIDATION))
    shuffled = random.Random(SEED)
    domains = list(load_split(DataOptions(str(data / DOMAINS), labels=polarity.labels), "train"))
    shuffled.shuffle(domains)
    train = [*polarity.train, *domains[: mix.domains], *load_reviews(DataOptions("demo")).train]
    rows = [(row["title"], row["text"], LABELS[row["label"]]) for row in train]
    rows += [("", text, label) for text, label in _sentences(data, mix.sentences)]
    rows += [(row["title"], row["text"], label) for row in read_lukewarm() for label in LABELS] * mix.lukewarm
    shuffled.shuffle(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["title", "text", "label", "split"])
        writer.writerows((*row, "train") for row in rows)
        for split, held in (("validation", polarity.validation), ("test", polarity.test)):
            writer.writerows((row["title"], row["text"], LABELS[row["label"]], split) for row in held)
    return path


def read_lukewarm() -> list[dict[str, str]]:
    """Neutral reviews, so that an adapter is not confident about reviews without a clear sentiment."""
    with LUKEWARM.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _sentences(data: Path, count: int) -> Iterator[tuple[str, str]]:
    """Short texts of GoEmotions whose classes all have the same sentiment, as many of each label."""
    if not count:
        return
    from datasets import load_dataset

    rows = load_dataset("parquet", data_dir=str(data / EMOTIONS), split="train").shuffle(seed=SEED)
    left = dict.fromkeys(FELT, count)
    for row in rows:
        label = next((label for label, classes in FELT.items() if set(row["label"]) <= classes), None)
        if label and left[label] and len(row["text"].split()) >= LEAST_WORDS:
            left[label] -= 1
            yield row["text"], label

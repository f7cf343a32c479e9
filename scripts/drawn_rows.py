"""Rows drawn for trainings that are compared: each learns from the same files and is scored on the same other rows."""

from pathlib import Path
from typing import NamedTuple

from pandas import DataFrame

from hf_sentiment import load
from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions

# Test rows of the trainings' own reports, which nobody reads: the finished adapters are scored on `others`.
FEW = 50


class DrawnRows(NamedTuple):
    """Rows to train with and rows to score on.

    Attributes:
        files: the options of `TrainArguments` that read what was drawn.
        labels: the names of the classes, in class order.
        train: the training rows, with the columns title, text and label, a class index.
        others: all rows of the source's training split that were not drawn, in the source's order.
    """

    files: dict[str, str]
    labels: list[str]
    train: DataFrame
    others: DataFrame


def draw_rows(options: DataOptions, folder: Path) -> DrawnRows:
    """Draw training and validation rows as a training does, and write them into a folder."""
    reviews = load_reviews(options)
    parts = {"train": reviews.train.to_pandas(), "validation": reviews.validation.to_pandas()}
    drawn = {*parts["train"]["text"], *parts["validation"]["text"]}
    others = load_split(options, "train").to_pandas()
    others = others[~others["text"].isin(drawn)]
    parts["test"] = others[:FEW]
    files = {name: write_rows(rows, reviews.labels, folder / f"{name}.csv") for name, rows in parts.items()}
    arguments = {"dataset": files["train"], "validation_file": files["validation"], "test_file": files["test"]}
    return DrawnRows(arguments | {"labels": ",".join(reviews.labels)}, reviews.labels, parts["train"], others)


def write_rows(rows: DataFrame, labels: list[str], path: Path) -> str:
    """Write rows as a CSV file with the labels' names, and return its path."""
    rows[["title", "text"]].assign(label=[labels[index] for index in rows["label"]]).to_csv(path, index=False)
    return str(path)


def accuracy(adapter: str, rows: DataFrame, labels: list[str]) -> float:
    """The share of rows that a finished adapter gives their own label."""
    answers = load(adapter)(rows[["title", "text"]].to_dict("records"))
    truth = (labels[index] for index in rows["label"])
    return sum(answer["label"] == label for answer, label in zip(answers, truth, strict=True)) / len(rows)

"""DataOptions: which labelled reviews to load, and how to read them."""

from dataclasses import dataclass
from typing import Any

from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.labels import parse_map, parse_names


@dataclass(frozen=True)
class DataOptions:
    """Which labelled reviews to load, and how to read them.

    Attributes:
        source: "demo", "amazon_polarity", a CSV, TSV, JSON Lines, Parquet or Excel file, a folder of them, a folder
            with one folder of text files per class, or a Hub id.
        config: configuration of a Hub dataset.
        revision: revision of a Hub dataset.
        columns: the columns of text, title, label and slices.
        labels: names for the classes, in class order: a list, or "Negative,Neutral,Positive".
        label_map: source value to label name, as a dictionary or as "1=Negative,3=,5=Positive". Several values may
            share a name; rows whose value has an empty name are left out.
        header: whether CSV, TSV and Excel files have a header; without one, columns are named by their numbers, from 1.
        validation_file, test_file: a file whose rows are the validation or test rows, in place of the source's own.
        rejects: a file for the rows that could not be read or have no text or no label, as JSON Lines.
        train_size: maximum number of training rows, shuffled; all by default.
        validation_size: maximum number of validation rows; `load_reviews` and `stream_reviews` say what the default is.
        test_size: maximum number of test rows, shuffled; `load_reviews` takes all by default.
        seed: seed of every shuffle.
    """

    source: str
    config: str | None = None
    revision: str | None = None
    columns: Columns = Columns()
    labels: str | list[str] | None = None
    label_map: str | dict[Any, str | None] | None = None
    header: bool = True
    validation_file: str | None = None
    test_file: str | None = None
    rejects: str | None = None
    train_size: int | None = None
    validation_size: int | None = None
    test_size: int | None = None
    seed: int = 42

    @property
    def label_names(self) -> list[str] | None:
        """`labels` as a list."""
        return parse_names(self.labels)

    @property
    def value_to_label(self) -> dict[str, str | None] | None:
        """`label_map` as a dictionary; None stands for rows that are left out.

        Raises:
            SentimentError: it is in neither form.
        """
        return parse_map(self.label_map)

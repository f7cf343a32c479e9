"""Two adapters on the same reviews, from the scored file of each: which answers differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hf_sentiment.errors import SentimentError
from hf_sentiment.scoring.chunk_scorer import input_names
from hf_sentiment.scoring.formulas import without_formulas
from hf_sentiment.streamlit_app.scoring import Scored

ADDED = ["row", "differs", "first_label", "first_score", "second_label", "second_score"]


@dataclass
class Compared:
    """The answers of two adapters to the same reviews.

    Attributes:
        first, second: names of the adapters.
        labels: the labels of each.
        frame: the columns ADDED (`row` counts the file's rows from 1), then the input's own as text; disagreements
            first, the ones that both adapters are most confident about at the top.
        csv: the same as a CSV file, without formulas.
        differing: number of reviews with two different labels.
        bad: the rows that could not be scored, as in Scored.
    """

    first: str
    second: str
    labels: tuple[list[str], list[str]]
    frame: pd.DataFrame
    csv: bytes
    differing: int
    bad: pd.DataFrame

    def pairs(self) -> pd.DataFrame:
        """How often each pair of labels was given, most frequent first: the two labels and the number of reviews."""
        counts = self.frame.groupby(["first_label", "second_label"], sort=False).size()
        return counts.rename("reviews").sort_values(ascending=False, kind="stable").reset_index()


def compare(first: Scored, second: Scored) -> Compared:
    """Lay the answers of two adapters beside each other. Labels are the same if only their case differs.

    Raises:
        SentimentError: the adapters did not score the same rows.
    """
    if len(first.frame) != len(second.frame) or not first.bad["row"].equals(second.bad["row"]):
        raise SentimentError(f"{first.adapter} and {second.adapter} did not score the same rows of {first.name}.")
    own = [column for column in first.frame.columns if column not in first.added]
    bad = set(first.bad["row"])
    numbers = [number for number in range(1, len(first.frame) + len(bad) + 1) if number not in bad]
    added = {"row": numbers, "differs": first.frame["label"].str.casefold() != second.frame["label"].str.casefold()}
    for place, scored in (("first", first), ("second", second)):
        added |= {f"{place}_label": scored.frame["label"], f"{place}_score": scored.frame["score"]}
    frame = pd.concat([pd.DataFrame(added), first.frame[own].rename(columns=input_names(own, ADDED))], axis=1)
    # Where one of the adapters is unsure, a difference says little.
    surer = frame[["first_score", "second_score"]].min(axis=1)
    frame = frame.iloc[np.lexsort((frame["row"], -surer * frame["differs"], ~frame["differs"]))]
    return Compared(
        first.adapter,
        second.adapter,
        (first.labels, second.labels),
        frame.reset_index(drop=True),
        without_formulas(frame.to_csv(index=False).encode()),
        int(frame["differs"].sum()),
        first.bad,
    )

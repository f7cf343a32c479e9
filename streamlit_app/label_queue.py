"""The reviews that `suggest` found, and the labels that a visitor gives them."""

import io
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from hf_sentiment import SentimentPipeline
from hf_sentiment.errors import SentimentError
from hf_sentiment.scoring.formulas import without_formulas
from hf_sentiment.streamlit_app.scoring import on_disk
from hf_sentiment.streamlit_app.upload_form import PickedReviews

# One key, 1 to 9, for each label.
MOST_LABELS = 9
MOST_LETTERS = 60
SKIPPED = ""
FILE_NAME = "labelled.csv"


@dataclass
class Queue:
    """Reviews to label, one after another.

    Attributes:
        adapter: name of the adapter that is undecided about them.
        labels: that a visitor can give.
        frame: the table that `suggest` writes, every column as text, in the order in which it is labelled.
        texts: each review as the adapter reads it.
        notes: of `suggest`.
        text, title: the input's columns with the usual names that `train` finds by itself, or those to name.
        given: the label of each review so far, or SKIPPED.
    """

    adapter: str
    labels: list[str]
    frame: pd.DataFrame
    texts: list[str]
    notes: list[str]
    text: str | None
    title: str | None
    given: list[str] = field(default_factory=list)

    @property
    def labelled(self) -> int:
        """Number of reviews that have a label."""
        return sum(label != SKIPPED for label in self.given)

    @property
    def is_done(self) -> bool:
        """Whether no review is left."""
        return len(self.given) == len(self.texts)

    def csv(self, *, escape_formulas: bool = False) -> bytes:
        """The labelled reviews as a CSV file, which `train` reads.

        Args:
            escape_formulas: put an apostrophe before cells that a spreadsheet would run as formulas.
        """
        kept = self.frame.iloc[: len(self.given)].assign(label=self.given)
        content = kept[kept["label"] != SKIPPED].to_csv(index=False).encode()
        return without_formulas(content) if escape_formulas else content

    def command(self) -> str:
        """The command that trains on the download."""
        words = ["hf-sentiment", "train", "--dataset", FILE_NAME, "--output-dir", "my-adapter"]
        words += ["--text-column", self.text] if self.text else []
        words += ["--title-column", self.title] if self.title else []
        return shlex.join(words)


def read_labels(words: str) -> list[str]:
    """The labels that a visitor names, separated by commas.

    Raises:
        SentimentError: there are fewer than two or more than nine, or one is too long.
    """
    labels = list(dict.fromkeys(filter(None, (" ".join(word.split()) for word in words.split(",")))))
    if not 2 <= len(labels) <= MOST_LABELS:
        raise SentimentError(f"Give 2 to {MOST_LABELS} labels, separated by commas: there is one key for each.")
    if any(len(label) > MOST_LETTERS for label in labels):
        raise SentimentError(f"A label may have up to {MOST_LETTERS} characters.")
    return labels


def label_words(labels: list[str]) -> str:
    """Labels as `read_labels` reads them; empty if it would read others, or refuse them."""
    words = ", ".join(labels)
    try:
        return words if read_labels(words) == labels else ""
    except SentimentError:
        return ""


def make_queue(
    classify: SentimentPipeline,
    adapter: str,
    asked: PickedReviews,
    labels: list[str],
    count: int,
    progress: Callable[[int], object],
) -> Queue:
    """Choose the reviews to label, see `hf_sentiment.labelling.suggestions.suggest`.

    Args:
        classify: the adapter whose undecided reviews are labelled.
        adapter: its name, for the page.
        asked: the reviews.
        labels: that a visitor can give.
        count: maximum number of reviews.
        progress: called with the number of reviews scored so far.

    Raises:
        SentimentError: see `suggest`.
    """
    # scikit-learn takes a second to import, which no visitor of another page shall wait for.
    from hf_sentiment.labelling import suggest

    upload, done = asked.upload, 0

    def follow(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done)

    with on_disk(upload.name, upload.data) as path:
        target = path.with_name("queue.csv")
        found = suggest(
            classify,
            path,
            count,
            output=target,
            text_column=asked.text,
            title_column=asked.title,
            header=upload.header,
            name=upload.name,
            progress=follow,
        )
        frame = pd.read_csv(io.BytesIO(target.read_bytes()), dtype=str, keep_default_na=False)
    texts = [each.text for each in found.rows]
    text = None if asked.text == upload.text else asked.text
    title = None if asked.title in (None, upload.title) else asked.title
    return Queue(adapter, labels, frame, texts, found.notes, text, title)

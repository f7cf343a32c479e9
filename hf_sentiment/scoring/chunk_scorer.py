"""ChunkScorer: add scores to the rows of a file, one chunk after another."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.review import Review, as_review
from hf_sentiment.reviews.row_files.row_file import Chunk, Reject
from hf_sentiment.scoring.file_scorer import FileScorer

Rows = list[dict[str, Any]] | pa.Table


class ChunkScorer:
    """Adds scores to the rows of chunks, and counts the rows.

    Args:
        scorer: of the reviews.
        columns: all columns of the input.
        text: the column of the text.
        title: the column of the title, if there is one.
        progress: called with the number of rows done.
        batch_size: reviews in a batch; None for batches of about the same number of tokens.

    Attributes:
        added: the columns it adds, in order: label, score, and score_<label> for each label.
        names: the name of each input column in the output.
    """

    def __init__(
        self,
        scorer: FileScorer,
        columns: list[str],
        text: str,
        title: str | None,
        progress: Callable[[int], object],
        batch_size: int | None = None,
    ) -> None:
        self.scorer, self.text, self.title, self.progress = scorer, text, title, progress
        # A scorer of somebody else need not know the option.
        self.options = {} if batch_size is None else {"batch_size": batch_size}
        self.labels = scorer.sentiment_config.labels
        self.added = ["label", "score", *(f"score_{label}" for label in self.labels)]
        self.names = input_names(columns, self.added)
        self.done, self.started = 0, False

    def skip(self, chunk: Chunk) -> None:
        """Count the rows of a chunk that an earlier run has scored."""
        self.done += chunk.rows_read

    def finish(self) -> int:
        """Report the progress once more, and return the number of rows."""
        self.progress(self.done)
        return self.done

    def score(self, chunk: Chunk) -> tuple[Rows, list[Reject]]:
        """The scored rows of a chunk, and the rows that cannot be scored."""
        if not self.started:
            self.progress(self.done)
            self.started = True
        kept, reviews, rejects = self._reviews(chunk)
        scored = 0

        def step(count: int) -> None:
            nonlocal scored
            scored += count
            self.progress(self.done + scored)

        scores = self.scorer.scores(reviews, progress=step, **self.options)
        self.done += chunk.rows_read
        return self._with_columns(chunk.rows, kept, self._columns(scores)), rejects

    def _reviews(self, chunk: Chunk) -> tuple[list[int], list[Review], list[Reject]]:
        """Indices of the rows that are reviews, these reviews, and the other rows."""
        wanted = [self.text] + ([self.title] if self.title else [])
        rows = chunk.rows
        cells = rows if isinstance(rows, list) else rows.select(list(dict.fromkeys(wanted))).to_pylist()
        kept, reviews, rejects = [], [], list(chunk.rejects)
        for index, (number, row) in enumerate(zip(chunk.numbers, cells, strict=True)):
            review = {"text": row.get(self.text), "title": row.get(self.title) if self.title else None}
            try:
                read = as_review(review)
            except SentimentError as error:
                whole = row if isinstance(rows, list) else rows.slice(index, 1).to_pylist()[0]
                rejects.append(Reject(number, str(error), whole))
                continue
            kept.append(index)
            reviews.append(read)
        return kept, reviews, sorted(rejects, key=lambda reject: reject.number)

    def _columns(self, scores: np.ndarray) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {
            "label": [self.labels[index] for index in scores.argmax(axis=1)],
            "score": scores.max(axis=1).tolist(),
        }
        return columns | {f"score_{label}": scores[:, index].tolist() for index, label in enumerate(self.labels)}

    def _with_columns(self, rows: Rows, kept: list[int], columns: dict[str, list[Any]]) -> Rows:
        if isinstance(rows, list):
            scores = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
            return [
                {self.names[name]: value for name, value in rows[index].items()} | score
                for index, score in zip(kept, scores, strict=True)
            ]
        names = [self.names[name] for name in rows.column_names]
        table = rows.take(pa.array(kept, pa.int64())).rename_columns(names)
        if names != rows.column_names:
            # The metadata that pandas leaves refers to columns by their old names.
            table = table.replace_schema_metadata(None)
        for name, values in columns.items():
            table = table.append_column(name, pa.array(values, pa.string() if name == "label" else pa.float64()))
        return table


def input_names(columns: list[str], added: list[str]) -> dict[str, str]:
    """The name of each input column in an output that adds others: "input_label" for "label", if that is added."""
    taken, result = {*columns, *added}, {}
    for name in columns:
        new = name
        while new in added or (new != name and new in taken):
            new = f"input_{new}"
        result[name] = new
    return result

"""Suggest which reviews of a file to label next: those that an adapter is undecided about and that are unlike."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.inference.task import load
from hf_sentiment.labelling.check import CHUNK_ROWS, check_suggest
from hf_sentiment.labelling.embeddings import embed
from hf_sentiment.labelling.selection import candidates, margins, spread
from hf_sentiment.labelling.tables import pick_rows, shown, write_table
from hf_sentiment.reviews.fingerprints import read_training_rows, text_digest, text_mark
from hf_sentiment.reviews.left_out import NO_TEXT, UNREADABLE, LeftOut
from hf_sentiment.reviews.review import Review
from hf_sentiment.reviews.review_file import ReviewFile
from hf_sentiment.reviews.row_files.row_file import Chunk, Reject
from hf_sentiment.scoring.chunk_scorer import Rows

Progress = Callable[[int], object]
# A reason of LeftOut.
TRAINED = "left out: in the adapter's training or validation rows"


@dataclass(frozen=True)
class Suggestion:
    """A review to label.

    Attributes:
        row: its number in the file, from 1.
        label: the adapter's answer.
        score: its score.
        text: title and text as the adapter reads them.
    """

    row: int
    label: str
    score: float
    text: str


@dataclass
class Suggestions:
    """The reviews to label next.

    Attributes:
        rows: the reviews, the least decided one first.
        scored: number of rows that were scored.
        output: the file with the reviews; None if none was written.
        notes: how the file was read, and which rows were left out.
    """

    rows: list[Suggestion]
    scored: int
    output: str | None = None
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The suggestions as JSON holds them."""
        return asdict(self)

    def table(self) -> str:
        """The suggestions as lines for a terminal."""
        width = max(len("label"), *(len(each.label) for each in self.rows))
        lines = [f"{'row':>9}  {'label':{width}}  score  text"]
        lines += [f"{each.row:>9}  {each.label:{width}}  {each.score:.3f}  {shown(each.text)}" for each in self.rows]
        return "\n".join(lines)


@system_errors_explained()
def suggest(
    adapter: str | Path | SentimentPipeline,
    source: str | Path,
    count: int = 50,
    *,
    output: str | Path | None = None,
    text_column: str | None = None,
    title_column: str | None = None,
    header: bool = True,
    overwrite: bool = False,
    escape_formulas: bool = False,
    seed: int = 42,
    name: str | None = None,
    progress: Progress | None = None,
) -> Suggestions:
    """Suggest which reviews of a file to label next.

    All rows are scored. Of the half with the smaller margins, up to 40 times `count` rows are drawn at random, and
    those nearest to the centres of k-means are suggested, so that they are unlike each other: see
    `hf_sentiment.labelling.selection`. A text that repeats is suggested once, and one that the adapter was trained on
    is not. A file of any length needs the memory of a chunk, of these candidates, and of 30 bytes for each row.

    Args:
        adapter: "default", "accurate", a folder, a Hub id, or a loaded pipeline.
        source: a file as in `hf_sentiment.scoring.score_file.score_file`.
        count: maximum number of rows to suggest.
        output: CSV, TSV, JSON Lines or Parquet: the columns row (the row's number in the file), label (empty, to be
            filled in), predicted_label and score, then the input's own, of which one with such a name becomes
            "input_label" and so on. `train` reads the file, and leaves out the rows whose label is still empty.
        text_column: the column of the text; found by its usual names by default.
        title_column: the column of the title; found by its usual names by default.
        header: whether a CSV, TSV or Excel file has a header.
        overwrite: replace the output if it exists.
        escape_formulas: put an apostrophe before cells of a CSV output that a spreadsheet would run as formulas.
        seed: of k-means.
        name: what messages call the file; its path by default.
        progress: called after each batch with the number of its rows.

    Returns:
        The Suggestions; fewer than `count` if the file has fewer texts.

    Raises:
        SentimentError: the adapter, the file, a column or the output cannot be used, or no row is left to suggest.
    """
    found = check_suggest(
        source,
        count,
        name=name,
        output=output,
        text_column=text_column,
        title_column=title_column,
        header=header,
        overwrite=overwrite,
        escape_formulas=escape_formulas,
    )
    classify = adapter if isinstance(adapter, SentimentPipeline) else load(adapter)
    labels = classify.sentiment_config.labels
    reader = _Reader(classify, found, progress)
    for chunk in found.rows.chunks(CHUNK_ROWS, found.columns):
        reader.read(chunk)
    notes = [*found.rows.notes, *reader.left_out.notes()]
    scored = reader.scored()
    if not len(scored.numbers):
        raise SentimentError(f"No row of {found.rows.name} is left to suggest. {' '.join(notes)}".strip())
    taken = scored.take(candidates(scored.margin, count, seed))
    rows = pick_rows(found.rows.chunks(CHUNK_ROWS), taken.numbers.tolist())
    found.rows.require_unchanged()
    texts = [classify.sentiment_config.render(*review) for review in _reviews(rows, found)]
    embeddings = embed(classify.model, classify.adapter.encoder, texts, classify.adapter.config.max_length)
    chosen = spread(embeddings, taken.margin, count, seed)
    if len(chosen) < count:
        notes.append(f"{len(chosen):,} rows are suggested instead of {count:,}: there are no more texts.")
    best = taken.take(chosen)
    answers = zip(best.numbers.tolist(), best.label.tolist(), best.score.tolist(), chosen, strict=True)
    suggested = [Suggestion(number, labels[label], score, texts[place]) for number, label, score, place in answers]
    if output is not None:
        own = [rows[place] for place in chosen] if isinstance(rows, list) else rows.take(pa.array(chosen, pa.int64()))
        write_table(output, own, found.rows.columns, _added(suggested), escape_formulas=escape_formulas)
    return Suggestions(suggested, reader.rows, None if output is None else str(output), notes)


def _added(suggested: list[Suggestion]) -> dict[str, list[Any]]:
    return {
        "row": [each.row for each in suggested],
        "label": [None] * len(suggested),
        "predicted_label": [each.label for each in suggested],
        "score": [each.score for each in suggested],
    }


class _Scored(NamedTuple):
    """What is kept of each row, all of shape (rows,)."""

    numbers: NDArray[np.int64]
    digests: NDArray[np.uint64]
    margin: NDArray[np.float32]
    label: NDArray[np.int32]
    score: NDArray[np.float32]

    def take(self, rows: NDArray[np.integer]) -> "_Scored":
        """Some of the rows."""
        return _Scored(*(values[rows] for values in self))


class _Reader:
    """Scores the rows of chunks, and counts those that cannot be suggested."""

    def __init__(self, classify: SentimentPipeline, source: ReviewFile, progress: Progress | None) -> None:
        self.classify, self.source, self.progress = classify, source, progress
        self.known = read_training_rows(classify.adapter.folder) or frozenset()
        self.left_out = LeftOut(source.rows.name)
        self.left_out.file = source.rows.name
        self.rows = 0
        self._parts: list[_Scored] = []

    def read(self, chunk: Chunk) -> None:
        """Score the rows of a chunk."""
        arrays = self.source.reviews(chunk)
        for reject in chunk.rejects:
            self.left_out.add(UNREADABLE, reject)
        for index, reason in arrays.reasons.items():
            reject = Reject(chunk.numbers[index], reason or "The row has no text.", None)
            self.left_out.add(UNREADABLE if reason else NO_TEXT, reject)
        numbers, reviews = [], []
        for number, title, text in zip(chunk.numbers, arrays.title.to_pylist(), arrays.text.to_pylist(), strict=True):
            if text is None:
                continue
            if self.known and text_mark(text) in self.known:
                self.left_out.count(TRAINED, 1)
                continue
            numbers.append(number)
            reviews.append(Review(title, text))
        self.rows += len(reviews)
        config = self.classify.sentiment_config
        scores = self.classify.scores(reviews, progress=self.progress)
        self._parts.append(
            _Scored(
                np.array(numbers, dtype=np.int64),
                np.array([int.from_bytes(text_digest(review.text), "big") for review in reviews], dtype=np.uint64),
                margins(scores, config.label_thresholds if config.multi_label else None).astype(np.float32),
                scores.argmax(axis=1).astype(np.int32),
                scores.max(axis=1),
            )
        )

    def scored(self) -> _Scored:
        """The rows that can be suggested: the first one of each text."""
        whole = _Scored(*map(np.concatenate, zip(*self._parts, strict=True)))
        return whole.take(np.sort(np.unique(whole.digests, return_index=True)[1]))


def _reviews(rows: Rows, source: ReviewFile) -> list[Review]:
    """The reviews of rows that are all reviews."""
    arrays = source.reviews(Chunk(len(rows), range(1, len(rows) + 1), rows, []))
    return [Review(*parts) for parts in zip(arrays.title.to_pylist(), arrays.text.to_pylist(), strict=True)]

"""The scores of one chunk of a file after the other."""

from collections.abc import Callable

import pyarrow as pa

from hf_sentiment.errors import SentimentError
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.reviews.review import as_review
from hf_sentiment.reviews.row_files import Chunk, Reject


class Scorer:
    """Adds the scores to the rows of one chunk after the other, and counts them.

    Attributes:
        added: the names of the columns it adds, in their order.
    """

    def __init__(self, classify: SentimentPipeline, text: str, title: str | None, progress: Callable[[int], object]):
        self.classify, self.text, self.title, self.progress = classify, text, title, progress
        self.labels = classify.sentiment_config.labels
        self.added = ["label", "score", *(f"score_{label}" for label in self.labels)]
        self.done, self.told = 0, False

    def skip(self, chunk: Chunk) -> None:
        """Count rows that an earlier run has scored."""
        self.done += chunk.count

    def finish(self) -> int:
        """How many rows were counted, the last time told."""
        self.progress(self.done)
        return self.done

    def __call__(self, chunk: Chunk) -> tuple[list[dict] | pa.Table, list[Reject]]:
        """The scored rows, and those that are no reviews."""
        if not self.told:
            self.progress(self.done)
            self.told = True
        kept, reviews, rejects = self._reviews(chunk)
        scored = 0

        def step(count: int) -> None:
            nonlocal scored
            scored += count
            self.progress(self.done + scored)

        answers = self.classify(reviews, top_k=None, progress=step) if reviews else []
        self.done += chunk.count
        columns = {"label": [best["label"] for best, *_ in answers], "score": [best["score"] for best, *_ in answers]}
        by_label = [{entry["label"]: entry["score"] for entry in answer} for answer in answers]
        columns |= {f"score_{label}": [scores[label] for scores in by_label] for label in self.labels}
        return self._with(chunk.rows, kept, columns), rejects

    def renamed(self, names: list[str]) -> dict[str, str]:
        """Each input column's name in the output."""
        taken, result = {*names, *self.added}, {}
        for name in names:
            new = name
            while new in self.added or (new != name and new in taken):
                new = f"input_{new}"
            result[name] = new
        return result

    def _reviews(self, chunk: Chunk) -> tuple[list[int], list[dict], list[Reject]]:
        wanted = [self.text] + ([self.title] if self.title else [])
        rows = chunk.rows
        cells = rows if isinstance(rows, list) else rows.select(list(dict.fromkeys(wanted))).to_pylist()
        kept, reviews, rejects = [], [], list(chunk.bad)
        for index, (number, row) in enumerate(zip(chunk.numbers, cells, strict=True)):
            review = {"text": row.get(self.text), "title": row.get(self.title) if self.title else None}
            try:
                as_review(review)
            except SentimentError as error:
                whole = row if isinstance(rows, list) else rows.slice(index, 1).to_pylist()[0]
                rejects.append(Reject(number, str(error), whole))
                continue
            kept.append(index)
            reviews.append(review)
        return kept, reviews, sorted(rejects, key=lambda reject: reject.number)

    def _with(self, rows: list[dict] | pa.Table, kept: list[int], columns: dict[str, list]) -> list[dict] | pa.Table:
        if isinstance(rows, list):
            scores = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
            return [
                {new: rows[index][name] for name, new in self.renamed(list(rows[index])).items()} | score
                for index, score in zip(kept, scores, strict=True)
            ]
        names = self.renamed(rows.column_names)
        table = rows.take(pa.array(kept, pa.int64())).rename_columns(list(names.values()))
        if list(names) != list(names.values()):
            # What pandas noted about its columns is by their names.
            table = table.replace_schema_metadata(None)
        for name, values in columns.items():
            table = table.append_column(name, pa.array(values, pa.string() if name == "label" else pa.float64()))
        return table

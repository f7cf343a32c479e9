"""Compare two adapters on the same rows, with a significance test."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.evaluation.evaluate import (
    Progress,
    adapter_name,
    load_rows,
    open_adapter,
    score_reviews,
    trained_on_stream,
)
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.metrics.leakage import examine_rows
from hf_sentiment.metrics.paired import PairedDifference, paired_difference
from hf_sentiment.metrics.predictions import indicators, predicted_labels, right_rows, true_labels
from hf_sentiment.reports.names import percent, percent_range
from hf_sentiment.reports.wording import notes_on_rows
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.sources import source_name


@dataclass(frozen=True, kw_only=True)
class Comparison(PairedDifference):
    """The numbers of two adapters on the same rows; the second's accuracy is compared with the first's.

    Attributes:
        rows: number of reviews.
        dataset, split: where they come from.
        adapters: the first and the second.
        accuracy: of each.
        accuracy_interval: 95 % Wilson interval of each.
        notes: what a reader of the numbers should know about the rows.
    """

    rows: int
    dataset: str
    split: str
    adapters: list[str]
    accuracy: list[float]
    accuracy_interval: list[list[float]]
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The document that `hf-sentiment compare --json` prints."""
        return asdict(self)

    def table(self) -> str:
        """The comparison as lines for a terminal."""
        lines = [f"{self.rows} {self.split} reviews of {self.dataset}"]
        width = max(len(name) for name in self.adapters)
        for name, value, bounds in zip(self.adapters, self.accuracy, self.accuracy_interval, strict=True):
            interval = f"95 % interval {percent_range(bounds)}"
            lines.append(f"  {name:{width}}  accuracy {percent(value):>7}   {interval}")
        low, high = (100 * bound for bound in self.interval)
        lines += [
            f"  second minus first: {100 * self.difference:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}",
            f"  correct: both {self.both_right}, first only {self.only_first}, second only {self.only_second}, "
            f"neither {self.both_wrong}",
            f"  McNemar's exact test: p = {self.p_value:.3g}, "
            + ("statistically significant" if self.differs else "not statistically significant"),
        ]
        return "\n".join(lines + [f"  {note}" for note in self.notes])


def compare(
    first: str | Path | SentimentPipeline,
    second: str | Path | SentimentPipeline,
    dataset: str | Dataset,
    *,
    split: str = "test",
    columns: Columns = Columns(),  # noqa: B008 - frozen
    label_map: str | dict[str, str] | None = None,
    header: bool = True,
    rejects: str | Path | None = None,
    size: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Evaluate two adapters on the same rows.

    Args:
        first: "default", a folder, a Hub id, or a loaded pipeline.
        second: the same; it must have the same labels as the first, in any order.
        dataset: as in `evaluate_adapter`; a dataset has the first adapter's label indices.
        split: which split of a source.
        columns: the columns of text, title and label.
        label_map: source value to label name; by default, columns and map are those of the first adapter's training.
        header: whether a CSV, TSV or Excel file has a header.
        rejects: a file for the rows that are lost.
        size: maximum number of rows; all by default.
        progress: called after each batch with the number of its reviews.

    Raises:
        SentimentError: an adapter or the reviews cannot be used, or the adapters have different labels.
    """
    name = source_name(dataset) if isinstance(dataset, str) else "reviews"
    names = [adapter_name(first), adapter_name(second)]
    pipelines = [open_adapter(first), open_adapter(second)]
    config = pipelines[0].sentiment_config
    places = _places(config, pipelines[1].sentiment_config, names)
    notes: list[str] = []
    options = {"columns": columns, "label_map": label_map, "header": header, "rejects": rejects}
    data = load_rows(config, dataset, split, size, notes, **options)
    truth = true_labels(data["label"][:], config)
    right = []
    for classify, named, order in zip(pipelines, names, [range(len(places)), places], strict=True):
        own = classify.sentiment_config
        predictions = predicted_labels(score_reviews(classify, data, progress), own)
        right.append(right_rows(indicators(predictions, own)[:, order], indicators(truth, config)))
        found = examine_rows(data["text"][:], right[-1], classify.adapter.folder)
        notes += [f"{named}: {note}" for note in notes_on_rows(found, streamed=trained_on_stream(classify))]
    return count_pairs(*right, dataset=name, split=split, adapters=names, notes=notes)


def count_pairs(first: np.ndarray, second: np.ndarray, **details: Any) -> Comparison:
    """Compare which rows two adapters answer correctly.

    Args:
        first: which rows the first adapter answers correctly, booleans of shape (rows,).
        second: the same for the second adapter.
        **details: the other attributes of the comparison.
    """
    return Comparison(
        rows=len(first),
        accuracy=[float(first.mean()), float(second.mean())],
        accuracy_interval=[wilson_interval(int(each.sum()), len(each)) for each in (first, second)],
        **asdict(paired_difference(first, second)),
        **details,
    )


def _places(first: SentimentConfig, second: SentimentConfig, names: list[str]) -> list[int]:
    """The second adapter's index of each of the first's labels."""
    for one, other, name in ((first, second, names[1]), (second, first, names[0])):
        missing = [label for label in one.labels if label not in other.labels]
        if missing:
            raise SentimentError(
                f"{name} has no label {missing[0]!r}; it has {', '.join(other.labels)}. Compared adapters need the "
                "same labels: load one with labels= to rename them."
            )
    if first.multi_label != second.multi_label:
        raise SentimentError(
            f"Only one of {names[0]} and {names[1]} is multi-label: compare adapters of the same kind."
        )
    return [second.labels.index(label) for label in first.labels]

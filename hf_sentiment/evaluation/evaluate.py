"""Measure an adapter on labelled reviews, through the pipeline that its users call."""

from pathlib import Path

import numpy as np
from datasets import Dataset

from hf_sentiment.core.rendering import render_rows
from hf_sentiment.errors import SentimentError
from hf_sentiment.evaluation.make_report import make_report
from hf_sentiment.inference.pipeline import SentimentPipeline, load
from hf_sentiment.metrics.leakage import examine_rows
from hf_sentiment.metrics.predictions import predicted_labels, right_rows, true_labels
from hf_sentiment.reports.report import EvaluationReport
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.sources import source_name

# Titles and texts of more rows than these are not scored apart: it takes as long as scoring them together.
MOST_SCORED_APART = 10_000


def evaluate_adapter(
    adapter: str | Path | SentimentPipeline,
    dataset: str | Dataset,
    *,
    split: str = "test",
    output_dir: str | Path | None = None,
    columns: Columns = Columns(),  # noqa: B008 - frozen
    label_map: str | dict | None = None,
    size: int | None = None,
    texts: bool = True,
    progress=None,
    **details,
) -> EvaluationReport:
    """Score labelled reviews and report.

    Args:
        adapter: "default", a folder, a Hub id, or a loaded pipeline.
        dataset: a source as of `load_reviews`, or a data set with title, text and the adapter's label indices.
        split: which split of a source.
        output_dir: where report.json and the pictures go.
        columns: which columns hold what.
        label_map: source value to label name, as in `hf_sentiment.reviews.options.DataOptions`.
        size: most rows; all by default.
        texts: show the texts of the surest mistakes; without them the report says nothing of what the reviews are.
        progress: called after each batch with the number of its reviews.
        **details: further attributes of the report; also `before` and `words`, see `make_report`.

    Raises:
        SentimentError: the adapter or the reviews are not as they must be.
    """
    classify = open_adapter(adapter)
    config = classify.sentiment_config
    name = details.pop("dataset_name", None) or (source_name(dataset) if isinstance(dataset, str) else "reviews")
    data = load_rows(classify, dataset, split, columns=columns, label_map=label_map, size=size)
    references = data["label"][:]
    logits = score_reviews(classify, data, progress)
    right = right_rows(predicted_labels(logits, config), true_labels(references, config))
    found = examine_rows(data["text"][:], right, classify.adapter.folder, config)
    notes = [*details.pop("notes", []), *found.notes]
    report = make_report(
        logits,
        references,
        config,
        dataset=name,
        split=split,
        adapter=adapter_name(adapter),
        data=data,
        disagreeing=_disagreeing(classify, data, progress),
        texts=texts,
        duplicates=found.duplicates,
        leaked=found.leaked,
        notes=notes,
        **details,
    )
    if output_dir is not None:
        report.save(output_dir)
    return report


def open_adapter(adapter: str | Path | SentimentPipeline) -> SentimentPipeline:
    """The pipeline of an adapter, in float32: the numbers are to be those of every machine."""
    return adapter if isinstance(adapter, SentimentPipeline) else load(adapter, dtype="float32")


def adapter_name(adapter: str | Path | SentimentPipeline) -> str:
    """What a report calls an adapter: a Hub id, or a folder's own name; a path of this machine has no place in it."""
    if isinstance(adapter, SentimentPipeline):
        return adapter.adapter.folder.name
    return Path(adapter).resolve().name if Path(adapter).expanduser().is_dir() else str(adapter)


def load_rows(
    classify: SentimentPipeline, dataset: str | Dataset, split: str, size: int | None = None, **options
) -> Dataset:
    """Rows whose labels are indices into the adapter's; further options are those of DataOptions.

    Raises:
        SentimentError: they cannot be read, there are none, or a row has several labels and the adapter gives one.
    """
    config = classify.sentiment_config
    if isinstance(dataset, str):
        data = load_split(DataOptions(dataset, labels=config.labels, **options), split, size)
    else:
        data = dataset
    if not len(data):
        raise SentimentError(f"No labelled rows are left of {dataset}: there is nothing to measure.")
    if isinstance(data[0]["label"], list) != config.multi_label:
        raise SentimentError(
            "The adapter gives each review one label, and the rows have lists of them."
            if not config.multi_label
            else "The adapter gives each review several labels: the label column must hold lists of them."
        )
    return data


def score_reviews(classify: SentimentPipeline, data: Dataset, progress=None) -> np.ndarray:
    """Calibrated logits of a data set with the columns title and text, of shape (rows, labels)."""
    return classify.logits(render_rows(data, classify.sentiment_config), progress=progress)


def _disagreeing(classify: SentimentPipeline, data: Dataset, progress) -> np.ndarray | None:
    """Rows whose title alone gets another answer than their text alone; None where none has a title."""
    titled = [place for place, title in enumerate(data["title"]) if title]
    if not titled or len(data) > MOST_SCORED_APART:
        return None
    rows, config = data[titled], classify.sentiment_config
    title, text = (
        predicted_labels(classify.logits(rows[part], progress=progress), config) for part in ("title", "text")
    )
    differ = np.zeros(len(data), dtype=bool)
    differ[titled] = ~right_rows(title, text)
    return differ

"""Evaluate an adapter on labelled reviews, through the pipeline that its users call."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from datasets import Dataset

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.rendering import render_rows
from hf_sentiment.errors import SentimentError
from hf_sentiment.evaluation.make_report import make_report
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.inference.task import load
from hf_sentiment.metrics.leakage import examine_rows
from hf_sentiment.metrics.predictions import predicted_labels, right_rows, true_labels
from hf_sentiment.reports.report import EvaluationReport, check_report_folder
from hf_sentiment.reports.wording import notes_on_rows
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import load_split
from hf_sentiment.reviews.labels import parse_map
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.remembered import Remembered
from hf_sentiment.reviews.sources import source_name

# With more rows, titles and texts are not scored separately, because that takes as long as scoring them together.
MAX_SCORED_SEPARATELY = 10_000

Progress = Callable[[int], object]


class Loading(TypedDict, total=False):
    """The keywords of `hf_sentiment.load` that say which weights answer, and on what they run."""

    revision: str | None
    backend: str
    dtype: str
    device: str | None


def evaluate_adapter(
    adapter: str | Path | SentimentPipeline,
    dataset: str | Dataset,
    *,
    split: str = "test",
    output_dir: str | Path | None = None,
    columns: Columns = Columns(),  # noqa: B008 - frozen
    label_map: str | dict[str, str] | None = None,
    header: bool = True,
    rejects: str | Path | None = None,
    size: int | None = None,
    texts: bool = True,
    progress: Progress | None = None,
    loading: Loading | None = None,
    **details: Any,
) -> EvaluationReport:
    """Evaluate an adapter on labelled reviews.

    Args:
        adapter: "default", "accurate", a folder, a Hub id, or a loaded pipeline.
        dataset: a source as in `load_reviews`, or a dataset with title, text and the adapter's label indices.
        split: which split of a source.
        output_dir: where report.json, report.html and the pictures go; None writes no files.
        columns: the columns of text, title and label, and those to slice by.
        label_map: source value to label name, as in `hf_sentiment.reviews.options.DataOptions`. Columns and a label map
            that are not given are those of the adapter's training, where the source has them; a note says so.
        header: whether a CSV, TSV or Excel file has a header.
        rejects: a file for the rows that are lost, as in DataOptions.
        size: maximum number of rows; all by default.
        texts: include the texts of the most confident errors; False keeps all review texts out of the report.
        progress: called after each batch with the number of its reviews.
        loading: how to load an adapter that is named.
        **details: further attributes of the report; also `before`, `start` and `tfidf`, see `make_report`.

    Raises:
        SentimentError: the adapter or the reviews cannot be used; the message says why.
    """
    if output_dir is not None:
        check_report_folder(output_dir)
    classify = open_adapter(adapter, loading)
    config = classify.sentiment_config
    name = details.pop("dataset_name", None) or (source_name(dataset) if isinstance(dataset, str) else "reviews")
    read: list[str] = []
    data = load_rows(
        config, dataset, split, size, read, columns=columns, label_map=label_map, header=header, rejects=rejects
    )
    references = data["label"][:]
    logits = score_reviews(classify, data, progress)
    right = right_rows(predicted_labels(logits, config), true_labels(references, config))
    found = examine_rows(data["text"][:], right, classify.adapter.folder)
    notes = [*details.pop("notes", []), *read, *notes_on_rows(found, streamed=trained_on_stream(classify))]
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


def open_adapter(adapter: str | Path | SentimentPipeline, loading: Loading | None = None) -> SentimentPipeline:
    """Load an adapter, in float32 by default, so that its numbers are the same on every machine.

    Args:
        adapter: a loaded pipeline is kept as it is.
        loading: keywords of `load`.
    """
    if isinstance(adapter, SentimentPipeline):
        return adapter
    options: dict[str, Any] = {"dtype": "float32", **(loading or {})}
    return load(adapter, **options)


def adapter_name(adapter: str | Path | SentimentPipeline) -> str:
    """The adapter's name in a report: a Hub id, or a folder's own name, because local paths do not belong there."""
    if isinstance(adapter, SentimentPipeline):
        folder = adapter.adapter.folder
        # A folder of the Hub's cache, models--user--name/snapshots/COMMIT.
        cached = folder.parent.parent.name
        is_cached = folder.parent.name == "snapshots" and cached.startswith("models--")
        return cached.removeprefix("models--").replace("--", "/", 1) if is_cached else folder.name
    return Path(adapter).resolve().name if Path(adapter).expanduser().is_dir() else str(adapter)


def trained_on_stream(classify: SentimentPipeline) -> bool:
    """Whether an adapter was trained on a stream, which keeps no list of its training rows."""
    return bool(classify.sentiment_config.provenance.get("arguments", {}).get("streaming"))


def load_rows(
    config: SentimentConfig,
    dataset: str | Dataset,
    split: str,
    size: int | None = None,
    notes: list[str] | None = None,
    **options: Any,
) -> Dataset:
    """Load rows whose labels are indices of the adapter's labels.

    Args:
        config: the adapter's.
        dataset: as in `evaluate_adapter`.
        split: which split of a source.
        size: maximum number of rows; all by default.
        notes: sentences about rows that were left out are added to it.
        **options: as in `hf_sentiment.reviews.options.DataOptions`.

    Raises:
        SentimentError: the rows cannot be read, there are none, or they are multi-label and the adapter is not, or the
            other way round.
    """
    if isinstance(dataset, str):
        read = DataOptions(dataset, labels=config.labels, **options)
        data = load_split(read, split, size, notes, remembered_of(config))
    else:
        data = dataset
    if not len(data):
        raise SentimentError(f"No labelled rows are left of {dataset}, so there is nothing to evaluate.")
    if isinstance(data[0]["label"], list) != config.multi_label:
        raise SentimentError(
            "The adapter gives each review several labels, so the label column must hold lists of labels."
            if config.multi_label
            else "The adapter gives each review one label, but the label column holds lists of labels."
        )
    return data


def remembered_of(config: SentimentConfig) -> Remembered:
    """How the adapter's training read its reviews; nothing for an adapter that does not say."""
    arguments = config.provenance.get("arguments", {})
    columns = (arguments.get(f"{role}_column") for role in ("text", "title", "label"))
    return Remembered(Columns(*columns), parse_map(arguments.get("label_map")))


def score_reviews(classify: SentimentPipeline, data: Dataset, progress: Progress | None = None) -> np.ndarray:
    """Calibrated logits of a dataset with the columns title and text, of shape (rows, labels)."""
    return classify.logits(render_rows(data, classify.sentiment_config), progress=progress)


def _disagreeing(classify: SentimentPipeline, data: Dataset, progress: Progress | None) -> np.ndarray | None:
    """Rows whose title alone and text alone get different labels; None if no row has a title."""
    titled = [place for place, title in enumerate(data["title"]) if title]
    if not titled or len(data) > MAX_SCORED_SEPARATELY:
        return None
    rows, config = data[titled], classify.sentiment_config
    title, text = (
        predicted_labels(classify.logits(rows[part], progress=progress), config) for part in ("title", "text")
    )
    differ = np.zeros(len(data), dtype=bool)
    differ[titled] = ~right_rows(title, text)
    return differ

"""Compare two adapters on the same rows, with a significance test."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.evaluation.comparison import Comparison, check_comparison_folder
from hf_sentiment.evaluation.evaluate import (
    Loading,
    Progress,
    adapter_name,
    load_rows,
    open_adapter,
    score_reviews,
    trained_on_stream,
)
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.metrics.cues import MIN_ROWS
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.metrics.leakage import examine_rows
from hf_sentiment.metrics.paired import paired_difference
from hf_sentiment.metrics.predictions import indicators, predicted_labels, right_rows, true_labels
from hf_sentiment.metrics.slices import Slice, find_slices, holm
from hf_sentiment.reports.wording import notes_on_rows
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.sources import source_name


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
    output_dir: str | Path | None = None,
    progress: Progress | None = None,
    loading: Loading | None = None,
    second_revision: str | None = None,
) -> Comparison:
    """Evaluate two adapters on the same rows.

    Args:
        first: "default", "accurate", a folder, a Hub id, or a loaded pipeline.
        second: the same; it must have the same labels as the first, in any order.
        dataset: as in `evaluate_adapter`; a dataset has the first adapter's label indices.
        split: which split of a source.
        columns: the columns of text, title and label, and those to slice by.
        label_map: source value to label name; by default, columns and map are those of the first adapter's training.
        header: whether a CSV, TSV or Excel file has a header.
        rejects: a file for the rows that are lost.
        size: maximum number of rows; all by default.
        output_dir: where comparison.json and comparison.txt go; None writes no files.
        progress: called after each batch with the number of its reviews.
        loading: how to load adapters that are named; its revision is the first's.
        second_revision: the second's.

    Raises:
        SentimentError: an adapter or the reviews cannot be used, or the adapters have different labels.
    """
    if output_dir is not None:
        check_comparison_folder(output_dir)
    name = source_name(dataset) if isinstance(dataset, str) else "reviews"
    opened = Loading(**(loading or {}))
    other = Loading(**(opened | {"revision": second_revision}))
    names = [_named(first, opened.get("revision")), _named(second, second_revision)]
    pipelines = [open_adapter(first, opened), open_adapter(second, other)]
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
    slices = compare_slices(find_slices(data, config), *right)
    result = count_pairs(*right, dataset=name, split=split, adapters=names, notes=notes, slices=slices)
    if output_dir is not None:
        result.save(output_dir)
    return result


def _named(adapter: str | Path | SentimentPipeline, revision: str | None) -> str:
    return adapter_name(adapter) + (f" at {revision}" if revision else "")


def compare_slices(slices: dict[str, Slice], first: np.ndarray, second: np.ndarray) -> list[dict[str, Any]]:
    """Compare two adapters in each slice, with Holm's correction for the number of slices.

    Args:
        slices: what `find_slices` returned; one with fewer than 30 rows, or with all rows, is omitted.
        first: which rows the first adapter answers correctly, booleans of shape (rows,).
        second: the same for the second adapter.

    Returns:
        `name`, `description`, `rows`, the `accuracy` of each, and what `PairedDifference` has of the slice, with the
        corrected `p_value`. Slices from a column of the data also have `column`.
    """
    compared: list[dict[str, Any]] = []
    for each in slices.values():
        if each.inside.sum() < MIN_ROWS or each.inside.all():
            continue
        one, other = first[each.inside], second[each.inside]
        entry: dict[str, Any] = {
            "name": each.name,
            "description": each.description,
            **({"column": each.column} if each.column else {}),
        }
        entry |= {"rows": len(one), "accuracy": [float(one.mean()), float(other.mean())]}
        compared.append(entry | asdict(paired_difference(one, other)))
    for entry, corrected in zip(compared, holm([entry["p_value"] for entry in compared]), strict=True):
        entry |= {"p_value": corrected, "differs": corrected < 0.05}
    return compared


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

"""Measure an adapter on labelled reviews, through the pipeline that its users call."""

from pathlib import Path

from datasets import Dataset

from hf_sentiment.evaluation.report import EvaluationReport, make_report
from hf_sentiment.pipeline import SentimentPipeline, load
from hf_sentiment.reviews import Columns, load_split, rendered
from hf_sentiment.sources import source_name


def evaluate_adapter(
    adapter: str | Path | SentimentPipeline,
    dataset: str | Dataset,
    *,
    split: str = "test",
    output_dir: str | Path | None = None,
    columns: Columns = Columns(),  # noqa: B008 - frozen
    label_map: str | dict | None = None,
    size: int | None = None,
    progress=None,
    **details,
) -> EvaluationReport:
    """Score labelled reviews and report.

    Args:
        adapter: "default", a folder, a Hub id, or a loaded pipeline.
        dataset: a source as in `hf_sentiment.reviews`, or a data set with title, text and the adapter's label indices.
        split: which split of a source.
        output_dir: where report.json and the pictures go.
        columns: which columns hold what.
        label_map: source value to label name, as in `hf_sentiment.reviews.load_reviews`.
        size: most rows; all by default.
        progress: called after each batch with the number of its reviews.
        **details: further attributes of the report, `before` among them (logits before fine-tuning).

    Raises:
        SentimentError: the adapter or the reviews are not as they must be.
    """
    classify = adapter if isinstance(adapter, SentimentPipeline) else load(adapter, dtype="float32")
    config = classify.sentiment_config
    name = details.pop("dataset_name", None) or (source_name(dataset) if isinstance(dataset, str) else "reviews")
    if isinstance(dataset, str):
        dataset = load_split(dataset, split, config.labels, columns=columns, label_map=label_map, size=size)
    label = classify.adapter.folder.name if isinstance(adapter, SentimentPipeline) else _adapter_name(adapter)
    report = make_report(
        score_reviews(classify, dataset, progress),
        dataset["label"][:],
        config,
        dataset=name,
        split=split,
        adapter=label,
        **details,
    )
    if output_dir is not None:
        report.save(output_dir)
    return report


def score_reviews(classify: SentimentPipeline, data: Dataset, progress=None):
    """Calibrated logits of a data set with the columns title and text, of shape (rows, labels)."""
    return classify.logits(rendered(data, classify.sentiment_config), progress=progress)


def _adapter_name(adapter: str | Path) -> str:
    # A path of this machine has no place in a report.
    return Path(adapter).name if Path(adapter).expanduser().is_dir() else str(adapter)

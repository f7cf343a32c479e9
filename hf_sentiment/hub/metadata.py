"""The card's front matter, and a check for what the Hub would reject in it."""

import math
import re
from typing import Any, cast

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.reports.names import ACCURACY, METRICS, Metric, capitalized

# The Hub's id of each metric, by its key in the report.
METRIC_TYPES = {
    "accuracy": "accuracy",
    "macro_f1": "f1",
    "micro_f1": "f1",
    "roc_auc": "roc_auc",
    "matthews": "matthews_correlation",
    "mean_absolute_error": "mae",
    "quadratic_kappa": "cohen_kappa",
}
WIDGET = (
    "I loved this product! It exceeded my expectations.",
    "Terrible experience. It broke after two days.",
    "Not bad at all for the price, though the manual is useless.",
)
# What the Hub accepts: https://huggingface.co/docs/hub/repositories-licenses and ISO 639.
LICENSE, LANGUAGE = re.compile(r"[a-z0-9][a-z0-9.+-]*"), re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*|multilingual|code")


def card_title(config: SentimentConfig) -> str:
    """The card's heading, and the model's name in its model-index."""
    return f"{config.base['id'].rpartition('/')[2]} LoRA sentiment adapter"


def card_metadata(
    config: SentimentConfig,
    report: dict[str, Any],
    other_datasets: list[dict[str, Any]],
    *,
    license: str,
    language: str,
) -> ModelCardData:
    """Build the front matter, with the numbers on test reviews and on other datasets as a model-index.

    Args:
        config: the adapter's config.
        report: as in report.json.
        other_datasets: see `hf_sentiment.reports.other_datasets`.
        license: an identifier of the Hub, such as apache-2.0.
        language: ISO 639-1, such as en.


    Raises:
        SentimentError: licence or language is not an identifier of the Hub.
    """
    check_identifiers(license, language)
    base, dataset = config.base["id"], report["dataset"]
    on_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", dataset) is not None
    results = eval_results(config, report)
    for entry in other_datasets:
        result = _other_dataset_result(entry)
        if any(each.unique_identifier == result.unique_identifier for each in results):
            # Results of one dataset and split are shown as one, under the first one's name and number of reviews.
            result.dataset_config = entry["name"]
        results.append(result)
    return ModelCardData(
        language=language,
        license=license,
        library_name="peft",
        pipeline_tag="text-classification",
        base_model=base,
        base_model_relation="adapter",
        datasets=[dataset] if on_hub else None,
        metrics=list(dict.fromkeys(result.metric_type for result in results)),
        tags=[f"base_model:adapter:{base}", "lora", "transformers", "sentiment-analysis", "sentiment-lora"],
        widget=[{"text": text} for text in WIDGET],
        model_name=card_title(config),
        eval_results=results,
    )


def eval_results(config: SentimentConfig, report: dict[str, Any]) -> list[EvalResult]:
    """The report's numbers in the form of the Hub's model-index.

    The model-index has no place for intervals and row counts, so they are part of the names of metrics and datasets.
    No result is marked as verified, because only the Hub may do that.
    """
    arguments = config.provenance.get("arguments", {})
    # Configuration and revision are known only for the dataset that the adapter was trained on.
    same = report["dataset"] == config.provenance.get("dataset")
    intervals = {"accuracy": report["accuracy_interval"]} | (report.get("intervals") or {})
    return [
        EvalResult(
            task_type="text-classification",
            dataset_type=report["dataset"],
            dataset_name=f"{report['dataset']}, {report['rows']} {report['split']} reviews",
            dataset_config=arguments.get("dataset_config") if same else None,
            dataset_split=report["split"],
            dataset_revision=arguments.get("dataset_revision") if same else None,
            metric_type=METRIC_TYPES[metric.key],
            metric_name=_with_interval(metric, intervals.get(metric.key)),
            metric_value=report[metric.key],
        )
        for metric in METRICS
        if report.get(metric.key) is not None
    ]


def _other_dataset_result(entry: dict[str, Any]) -> EvalResult:
    return EvalResult(
        task_type="text-classification",
        dataset_type=entry["dataset"],
        dataset_name=f"{entry['name']}, {entry['rows']} reviews",
        dataset_split=entry["split"],
        metric_type=METRIC_TYPES["accuracy"],
        metric_name=_with_interval(ACCURACY, entry["accuracy_interval"]),
        metric_value=entry["accuracy"],
    )


def check_card(text: str) -> None:
    """Check that huggingface_hub's own parser and the Hub accept a card's metadata.

    Raises:
        SentimentError: they would reject it; the message says why.
    """
    try:
        data = cast(ModelCardData, ModelCard(text).data)
        index = data.to_dict().get("model-index")
        if index and eval_results_to_model_index(*model_index_to_eval_results(index)) != index:
            raise ValueError("huggingface_hub's parser changes its model-index")
    except Exception as error:  # noqa: BLE001 - YAML's errors, ValueError, KeyError and TypeError alike
        raise SentimentError(
            f"The metadata at the head of the card is invalid ({first_line(error)}): correct it."
        ) from None
    for result in data.eval_results or []:
        if not isinstance(result.metric_value, int | float) or not math.isfinite(result.metric_value):
            raise SentimentError(
                f"The card's {result.metric_type} is {result.metric_value!r}, which is not a finite number: "
                "evaluate the adapter again."
            )
    check_identifiers(data.license, data.language)


def check_identifiers(license: str | list[str] | None, language: str | list[str] | None) -> None:
    """Check that licence and language are written as the Hub writes them; None is accepted.

    Raises:
        SentimentError: one of them is not.
    """
    for name, value, form, example in (
        ("licence", license, LICENSE, "apache-2.0"),
        ("language", language, LANGUAGE, "en"),
    ):
        for each in value if isinstance(value, list) else [value]:
            if each is not None and not (isinstance(each, str) and form.fullmatch(each)):
                raise SentimentError(f"The card's {name} is {each!r}: give an identifier such as {example}.")


def _with_interval(metric: Metric, interval: list[float] | None) -> str:
    name = capitalized(metric.name)
    return f"{name} (95 % interval {interval[0]:.4f} to {interval[1]:.4f})" if interval else name

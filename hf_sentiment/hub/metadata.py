"""The card's front matter, and what the Hub would refuse in it."""

import math
import re

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError, first_line

# key of the report -> the Hub's id of the metric, its name
METRICS = {
    "accuracy": ("accuracy", "Accuracy"),
    "macro_f1": ("f1", "Macro F1"),
    "micro_f1": ("f1", "Micro F1"),
    "roc_auc": ("roc_auc", "ROC-AUC"),
    "matthews": ("matthews_correlation", "Matthews correlation"),
}
WIDGET = (
    "I loved this product! It exceeded my expectations.",
    "Terrible experience. It broke after two days.",
    "Not bad at all for the price, though the manual is useless.",
)
# What the Hub takes: https://huggingface.co/docs/hub/repositories-licenses and ISO 639.
LICENSE, LANGUAGE = re.compile(r"[a-z0-9][a-z0-9.+-]*"), re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*|multilingual|code")


def card_title(config: SentimentConfig) -> str:
    """The card's heading, and the model's name in its model-index."""
    return f"{config.base['id'].rpartition('/')[2]} LoRA sentiment adapter"


def card_metadata(
    config: SentimentConfig, report: dict, elsewhere: list[dict], *, license: str, language: str
) -> ModelCardData:
    """The card's front matter, with the test numbers, and those on other reviews, as a model-index.

    Raises:
        SentimentError: licence or language are not written as the Hub has them.
    """
    check_identifiers(license, language)
    base, dataset = config.base["id"], report["dataset"]
    on_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", dataset) is not None
    results = eval_results(config, report) + [_elsewhere_result(each) for each in elsewhere]
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


def eval_results(config: SentimentConfig, report: dict) -> list[EvalResult]:
    """The report's numbers as the Hub's model-index has them; intervals stand in their names, and rows in the data's.

    None is marked as verified: that is the Hub's to say.
    """
    told = config.provenance.get("arguments", {})
    # A report on another data set than the one trained on knows no config and revision of it.
    same = report["dataset"] == config.provenance.get("dataset")
    intervals = {"accuracy": report["accuracy_interval"]} | (report.get("intervals") or {})
    return [
        EvalResult(
            task_type="text-classification",
            dataset_type=report["dataset"],
            dataset_name=f"{report['dataset']}, {report['rows']} {report['split']} reviews",
            dataset_config=told.get("dataset_config") if same else None,
            dataset_split=report["split"],
            dataset_revision=told.get("dataset_revision") if same else None,
            metric_type=kind,
            metric_name=_with_interval(name, intervals.get(key)),
            metric_value=report[key],
        )
        for key, (kind, name) in METRICS.items()
        if report.get(key) is not None
    ]


def _elsewhere_result(entry: dict) -> EvalResult:
    kind, name = METRICS["accuracy"]
    return EvalResult(
        task_type="text-classification",
        dataset_type=entry["dataset"],
        dataset_name=f"{entry['name']}, {entry['rows']} reviews",
        dataset_split=entry["split"],
        metric_type=kind,
        metric_name=_with_interval(name, entry["accuracy_interval"]),
        metric_value=entry["accuracy"],
    )


def check_card(text: str) -> None:
    """Raise a SentimentError for metadata that huggingface_hub's own parser or the Hub would refuse.

    Raises:
        SentimentError: names what is wrong with the card.
    """
    try:
        data = ModelCard(text).data
        index = data.to_dict().get("model-index")
        if index and eval_results_to_model_index(*model_index_to_eval_results(index)) != index:
            raise ValueError("its model-index does not come back from huggingface_hub's parser as it was")
    except Exception as error:  # noqa: BLE001 - YAML's errors, ValueError, KeyError and TypeError alike
        raise SentimentError(
            f"The metadata at the head of the card is faulty ({first_line(error)}): mend it."
        ) from None
    for result in data.eval_results or []:
        if not isinstance(result.metric_value, int | float) or not math.isfinite(result.metric_value):
            raise SentimentError(f"The card's {result.metric_type} is {result.metric_value!r}, which is no number.")
    check_identifiers(data.license, data.language)


def check_identifiers(license, language) -> None:
    """Raise a SentimentError where a licence or a language is not written as the Hub writes it."""
    for name, value, form, example in (
        ("licence", license, LICENSE, "apache-2.0"),
        ("language", language, LANGUAGE, "en"),
    ):
        for each in value if isinstance(value, list) else [value]:
            if each is not None and not (isinstance(each, str) and form.fullmatch(each)):
                raise SentimentError(f"The card's {name} is {each!r}: give an identifier such as {example}.")


def _with_interval(name: str, interval: list[float] | None) -> str:
    return f"{name} (95 % interval {interval[0]:.4f} to {interval[1]:.4f})" if interval else name

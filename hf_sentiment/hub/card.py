"""The model card: data gathered from the adapter folder, rendered once, last.

Trainer and PEFT both write a README.md of their own; ours replaces it.
"""

import json
import re
from importlib.resources import files
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from hf_sentiment.config import SentimentConfig
from hf_sentiment.folder import ADAPTER_CONFIG

TEMPLATE = files("hf_sentiment.model_card") / "template.md"
# Stands in the card until `publish` knows the repository.
REPO_PLACEHOLDER = "USER/NAME"
WIDGET = (
    "I loved this product! It exceeded my expectations.",
    "Terrible experience. It broke after two days.",
    "Not bad at all for the price, though the manual is useless.",
)


def write_card(folder: str | Path, *, license: str = "apache-2.0", language: str = "en", seconds: float = 0.0) -> None:
    """Write README.md into an adapter folder, from its configs and its evaluation report.

    Args:
        folder: holds adapter_config.json, sentiment_config.json and evaluation/report.json.
        license: of the adapter, as the Hub writes it.
        language: of the reviews, ISO 639-1.
        seconds: that training took.
    """
    folder = Path(folder)
    config = SentimentConfig.load(folder)
    report = json.loads((folder / "evaluation" / "report.json").read_text(encoding="utf-8"))
    lora = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
    data = card_metadata(config, report, license=license, language=language)
    card = ModelCard.from_template(
        data,
        template_str=TEMPLATE.read_text(encoding="utf-8"),
        repo=REPO_PLACEHOLDER,
        title=card_title(config),
        config=config,
        base=config.base,
        lora=lora,
        report=report,
        told=config.provenance.get("arguments", {}),
        minutes=seconds / 60,
    )
    # The template's loops leave runs of empty lines.
    text = re.sub(r"\n{3,}", "\n\n", str(card))
    (folder / "README.md").write_text(text.rstrip() + "\n", encoding="utf-8")


def card_title(config: SentimentConfig) -> str:
    """The card's heading, and the model's name in its model-index."""
    return f"{config.base['id'].rpartition('/')[2]} LoRA sentiment adapter"


def card_metadata(config: SentimentConfig, report: dict, *, license: str, language: str) -> ModelCardData:
    """The card's front matter, with the test numbers as a model-index."""
    base, dataset = config.base["id"], report["dataset"]
    on_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", dataset) is not None
    told = config.provenance.get("arguments", {})
    common = {
        "task_type": "text-classification",
        "dataset_type": dataset,
        "dataset_name": f"{dataset}, {report['rows']} {report['split']} reviews",
        "dataset_config": told.get("dataset_config"),
        "dataset_split": report["split"],
        "dataset_revision": told.get("dataset_revision"),
    }
    return ModelCardData(
        language=language,
        license=license,
        library_name="peft",
        pipeline_tag="text-classification",
        base_model=base,
        base_model_relation="adapter",
        datasets=[dataset] if on_hub else None,
        metrics=["accuracy", "f1"],
        tags=[f"base_model:adapter:{base}", "lora", "transformers", "sentiment-analysis", "sentiment-lora"],
        widget=[{"text": text} for text in WIDGET],
        model_name=card_title(config),
        eval_results=[
            EvalResult(metric_type="accuracy", metric_name="Accuracy", metric_value=report["accuracy"], **common),
            EvalResult(metric_type="f1", metric_name="Macro F1", metric_value=report["macro_f1"], **common),
        ],
    )


MERGED_USE = """## Use

```python
from transformers import pipeline

classify = pipeline("text-classification", model="{repo}"{revision})
classify("I loved this product!", truncation=True)
```

The adapter is merged in: neither PEFT nor hf_sentiment is needed. A title is put before the text as `{template}`.

"""


def merged_card(card: str, config: SentimentConfig, repo_id: str, revision: str | None) -> str:
    """An adapter's card, changed to what the merged model is and how it is used."""
    merged = ModelCard(card)
    merged.data.library_name = "transformers"
    merged.data.base_model_relation = "finetune"
    adapters_only = ("sentiment-lora", f"base_model:adapter:{config.base['id']}")
    merged.data.tags = [tag for tag in merged.data.tags or [] if tag not in adapters_only]
    use = MERGED_USE.format(
        repo=repo_id, revision=f', revision="{revision}"' if revision else "", template=config.template
    )
    # A card whose headings were changed by hand keeps its own words.
    merged.content = re.sub(r"## Use\n.*?(?=^## )", lambda _: use, str(merged), count=1, flags=re.DOTALL | re.MULTILINE)
    return str(merged)

"""The card of a merged model, made from its adapter's card."""

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.hub.edits import CardParts

USE_HEADING = "## Use"
USE = """## Use

```python
from transformers import pipeline

classify = pipeline("text-classification", model="{repo}"{revision})
classify("I loved this product!", truncation=True)
```

The adapter is merged into the base model, so neither PEFT nor hf_sentiment is needed. Put a title before the text as
`{template}`."""


def merged_card(card: str, config: SentimentConfig, repo_id: str, revision: str | None) -> str:
    """Rewrite an adapter's card: library, tags and the section "Use" become those of the merged model.

    Args:
        card: the adapter's card. If it has no section "Use" any more, none is added.
        config: the adapter's config.
        repo_id: where the merged model will be.
        revision: its branch; None for main.
    """
    parts = CardParts.of(card)
    adapter_tags = ("sentiment-lora", f"base_model:adapter:{config.base['id']}")
    parts.metadata |= {
        "library_name": "transformers",
        "base_model_relation": "finetune",
        "tags": [tag for tag in parts.metadata.get("tags") or [] if tag not in adapter_tags],
    }
    if USE_HEADING in parts.sections:
        parts.sections[USE_HEADING] = USE.format(
            repo=repo_id, revision=f', revision="{revision}"' if revision else "", template=config.template
        )
    return parts.text()

"""The card of a merged model, made from its adapter's card."""

from collections.abc import Sequence

from hf_sentiment.backends.export_files import ONNX_INT8
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.hub.edits import CardParts
from hf_sentiment.install import WHERE, pip_command

USE_HEADING = "## Use"
USE = """## Use

```python
from transformers import pipeline

classify = pipeline("text-classification", model="{repo}"{revision})
classify("I loved this product!", truncation=True)
```

The adapter is merged into the base model, so neither PEFT nor hf_sentiment is needed. Put a title before the text as
`{template}`."""

IN_JAVASCRIPT = """

In JavaScript, with [transformers.js](https://huggingface.co/docs/transformers.js){sizes}:

```js
import {{ pipeline }} from "@huggingface/transformers";

const classify = await pipeline("text-classification", "{repo}", {{ {options} }});
await classify("I loved this product!");
```

In Python without torch (`pip install numpy tokenizers onnxruntime huggingface_hub`, and
`{install}` {where}), with titles, long reviews and the range of undecided scores:

```python
from hf_sentiment.runtime import load

load("{repo}"{revision})({{"title": "Great", "text": "I loved this product!"}})
```"""


def merged_card(
    card: str, config: SentimentConfig, repo_id: str, revision: str | None, onnx: Sequence[str] = ()
) -> str:
    """Rewrite an adapter's card: library, tags and the section "Use" become those of the merged model.

    Args:
        card: the adapter's card. If it has no section "Use" any more, none is added.
        config: the adapter's config.
        repo_id: where the merged model will be.
        revision: its branch; None for main.
        onnx: the names of its ONNX models.
    """
    parts = CardParts.of(card)
    adapter_tags = ("sentiment-lora", f"base_model:adapter:{config.base['id']}")
    parts.metadata |= {
        "library_name": "transformers",
        "base_model_relation": "finetune",
        "tags": [tag for tag in parts.metadata.get("tags") or [] if tag not in adapter_tags],
    }
    if USE_HEADING in parts.sections:
        named = f', revision="{revision}"' if revision else ""
        parts.sections[USE_HEADING] = USE.format(repo=repo_id, revision=named, template=config.template)
        if onnx:
            options = [f'dtype: "{"q8" if ONNX_INT8 in onnx else "fp32"}"']
            options += [f'revision: "{revision}"'] if revision else []
            parts.sections[USE_HEADING] += IN_JAVASCRIPT.format(
                repo=repo_id,
                revision=named,
                options=", ".join(options),
                install=pip_command(options="--no-deps"),
                where=WHERE,
                sizes=' (`dtype: "fp32"` has four times the size)' if ONNX_INT8 in onnx else "",
            )
    return parts.text()

"""hf_sentiment: LoRA sentiment adapters for the Hugging Face ecosystem.

Importing it registers the task: `transformers.pipeline("sentiment-lora")` then loads any adapter made here, with the
labels, tokenizer, template and window it was trained with.
"""

from hf_sentiment.embedded import lay_snapshot
from hf_sentiment.errors import SentimentError
from hf_sentiment.pipeline import SentimentPipeline, load, register
from hf_sentiment.version import __version__

__all__ = ["SentimentError", "SentimentPipeline", "__version__", "load"]

register()
# transformers.pipeline looks for an adapter's base before any code of ours runs: the embedded one must be there by now.
lay_snapshot()

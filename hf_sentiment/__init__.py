"""hf_sentiment: LoRA sentiment adapters for the Hugging Face ecosystem.

Importing it registers the task: `transformers.pipeline("sentiment-lora")` then loads any adapter trained with this
package, with the labels, tokenizer, template and window it was trained with.
"""

from typing import TYPE_CHECKING

from hf_sentiment.errors import SentimentError
from hf_sentiment.lazy import lazy_names
from hf_sentiment.registration import register_with_pipelines
from hf_sentiment.version import __version__

if TYPE_CHECKING:
    from hf_sentiment.inference.pipeline import SentimentPipeline
    from hf_sentiment.inference.task import load

__all__ = ["SentimentError", "SentimentPipeline", "__version__", "load"]

register_with_pipelines()

__getattr__ = lazy_names(__name__, dict.fromkeys(("SentimentPipeline", "load"), "hf_sentiment.inference.task"))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Train a LoRA sentiment adapter with transformers' Trainer."""

from typing import TYPE_CHECKING

from hf_sentiment.lazy import lazy_names
from hf_sentiment.training.arguments import TrainArguments

if TYPE_CHECKING:
    from hf_sentiment.training.run import TrainResult, train

__all__ = ["TrainArguments", "TrainResult", "train"]

__getattr__ = lazy_names(__name__, dict.fromkeys(("TrainResult", "train"), "hf_sentiment.training.run"))

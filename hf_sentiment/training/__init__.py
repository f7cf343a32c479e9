"""Train a LoRA sentiment adapter with transformers' Trainer."""

from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.train import TrainResult, train

__all__ = ["TrainArguments", "TrainResult", "train"]

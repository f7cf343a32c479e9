"""ReviewTrainer: transformers' Trainer, with an order of the rows that is the same in every process."""

from typing import Any, cast

from datasets import Dataset
from torch.utils.data import Sampler
from transformers import Trainer

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.review_order import ReviewOrder


class ReviewTrainer(Trainer):
    """Reads the training rows in the order of `ReviewOrder`; their lengths are in the column "length".

    Args:
        filled: whether the last of the training rows is one for filling, see `with_filling`.
        options: Trainer's.

    Raises:
        SentimentError: several processes train, and the installed Trainer asks for its sampler by another name.
    """

    def __init__(self, *, filled: bool = False, **options: Any) -> None:
        self.filled = filled
        super().__init__(**options)
        # Private. One process can do with Trainer's own order, unless it resumes within an epoch.
        if self.args.world_size > 1 and not hasattr(Trainer, "_get_train_sampler"):
            raise SentimentError(
                "The installed version of transformers draws the order of rows in a way that hf_sentiment does not "
                "know: train with one process, or install an older version."
            )

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> Sampler[int]:
        # Not those of the argument, which has lost the columns that the model does not take.
        lengths = cast(Dataset, self.train_dataset)["length"][:]
        return ReviewOrder(
            lengths[:-1] if self.filled else lengths,
            lambda: int(self.state.epoch or 0),
            batch=self.args.train_batch_size * self.args.world_size,
            seed=self.args.seed,
            grouped=self.args.train_sampling_strategy == "group_by_length",
            filled=self.filled,
        )

"""Detect failing training, a loss that falls back to chance or is no number, and return to the last good weights."""

import math
from collections import deque
from collections.abc import Sequence
from typing import Any

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.callbacks.weight_average import WeightAverage, copy_into, trained_parameters
from hf_sentiment.training.processes import from_main
from hf_sentiment.training.say import Say
from hf_sentiment.training.setup import RunSetup

# Average over this many logged losses, each the mean of `logging_steps` steps: a hard batch or two are not a collapse.
SPAN = 4
# Below this share of the chance loss the model has learnt something; above that one it has lost it again.
LEARNT, LOST = 0.8, 0.97
# Give up after this many returns to good weights. Each halves the learning rate: after three it is an eighth.
MOST_RETURNS = 3


class LossWatch(TrainerCallback):
    """Returns a run whose loss collapses to its last good weights, with half the learning rate, and says so.

    The good weights are those at the lowest loss so far. The run stops if it collapses again and again.

    Args:
        chance: the loss in nats of a classifier that knows only the labels' shares.
        say: called with a line.
        averages: the run's weight averages, which must forget the bad weights too.
    """

    def __init__(self, chance: float, say: Say, averages: Sequence[WeightAverage] = ()) -> None:
        self.chance = chance
        self.say = say
        self.averages = averages
        self.recent: deque[float] = deque(maxlen=SPAN)
        self.lowest = math.inf
        self.good: list[torch.Tensor] = []
        self.good_step = 0
        self.returns = 0

    @classmethod
    def of_run(cls, setup: RunSetup, trainer: Trainer, say: Say) -> "LossWatch":
        """The watch for a run's training rows."""
        reviews = setup.reviews
        chance = chance_loss(reviews.counts["train"], reviews.train_rows, setup.config.multi_label)
        return cls(
            chance, say, [each for each in trainer.callback_handler.callbacks if isinstance(each, WeightAverage)]
        )

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Checks the training loss, and returns to the good weights if it has collapsed.

        Raises:
            SentimentError: it has collapsed or is NaN or infinite, and there are no good weights to return to.
        """
        logs = kwargs.get("logs") or {}
        if "loss" not in logs:
            return
        loss = from_main(float(logs["loss"]))
        self.recent.append(loss)
        if not math.isfinite(loss):
            self._return(args, state, control, f"is {loss} at", **kwargs)
        elif len(self.recent) == SPAN:
            mean = sum(self.recent) / SPAN
            if mean > LOST * self.chance and self.lowest < LEARNT * self.chance:
                self._return(args, state, control, f"fell back to chance ({self.chance:.2f}) by", **kwargs)
            elif mean < self.lowest:
                self.lowest = mean
                self._keep(state, kwargs["model"])

    def _keep(self, state: TrainerState, model: torch.nn.Module) -> None:
        if self.lowest < LEARNT * self.chance:
            self.good = [value.detach().clone() for value in trained_parameters(model).values()]
            self.good_step = state.global_step

    def _return(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        what: str,
        *,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        lr_scheduler: LambdaLR,
        **kwargs: Any,
    ) -> None:
        found = f"The training loss {what} step {state.global_step}"
        if not self.good:
            raise SentimentError(
                f"{found}: lower --learning-rate ({args.learning_rate:g} now) or --lora-alpha, raise --batch-size, or "
                "give --bf16 false if it is on."
            )
        copy_into(trained_parameters(model).values(), self.good)
        for average in self.averages:
            average.restart(model)
        if self.returns == MOST_RETURNS:
            self.say(f"  {found} again: the run stops here and keeps its best epoch.")
            control.should_training_stop = True
            return
        self.returns += 1
        self.recent.clear()
        # The moments belong to the bad weights.
        optimizer.state.clear()
        lr_scheduler.base_lrs = [rate / 2 for rate in lr_scheduler.base_lrs]
        rate = args.learning_rate / 2**self.returns
        self.say(f"  {found}: back to the weights of step {self.good_step}, with a learning rate of {rate:g}.")


def chance_loss(counts: list[int], rows: int, multi_label: bool) -> float:
    """The cross-entropy in nats of predicting the labels' shares for every review.

    Args:
        counts: reviews with each label.
        rows: number of reviews.
        multi_label: whether a review can have several labels; the loss is then the mean over labels.
    """
    shares = [count / rows for count in counts]
    if multi_label:
        return sum(_entropy(share) + _entropy(1 - share) for share in shares) / len(shares)
    return sum(map(_entropy, shares))


def _entropy(share: float) -> float:
    return -share * math.log(share) if share > 0 else 0.0

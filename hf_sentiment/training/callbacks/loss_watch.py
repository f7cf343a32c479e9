"""Detect failing training: a loss that is not a finite number, or one that falls back to chance."""

import math
from collections import deque
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.say import Say
from hf_sentiment.training.setup import RunSetup

# Average over this many logged losses, each the mean of `logging_steps` steps: a hard batch or two are not a collapse.
SPAN = 4
# Below this share of the chance loss the model has learnt something; above that one it has lost it again.
LEARNT, LOST = 0.8, 0.97
# Give up after this many logged losses at chance. Of two collapses of `minilm` with 1,000 reviews, one recovered within
# 10 and ended at 91 %, the other never did.
PATIENCE = 16


class LossWatch(TrainerCallback):
    """Reports when a run's loss collapses, at which step and which option to lower; stops a run that does not recover.

    Args:
        chance: the loss in nats of a classifier that knows only the labels' shares.
        say: called with a line.
    """

    def __init__(self, chance: float, say: Say) -> None:
        self.chance = chance
        self.say = say
        self.recent: deque[float] = deque(maxlen=SPAN)
        self.lowest = math.inf
        self.at_chance = 0

    @classmethod
    def of_run(cls, setup: RunSetup, say: Say) -> "LossWatch":
        """The watch for a run's training rows."""
        reviews = setup.reviews
        return cls(chance_loss(reviews.counts["train"], reviews.train_rows, setup.config.multi_label), say)

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Checks the training loss.

        Raises:
            SentimentError: the loss is NaN or infinite, or it has collapsed before the first evaluation.
        """
        logs = kwargs.get("logs") or {}
        if "loss" not in logs:
            return
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise SentimentError(
                f"The training loss is {loss} at step {state.global_step}: lower --learning-rate "
                f"({args.learning_rate:g} now), or give --bf16 false if it is on."
            )
        self.recent.append(loss)
        if len(self.recent) < SPAN:
            return
        mean = sum(self.recent) / SPAN
        self.lowest = min(self.lowest, mean)
        collapsed = self.lowest < LEARNT * self.chance and mean > LOST * self.chance
        self.at_chance = self.at_chance + 1 if collapsed else 0
        if self.at_chance == 1:
            self.say(f"  {self._describe(args, state)} It may still recover.")
        elif self.at_chance > PATIENCE:
            self._stop(args, state, control)

    def _describe(self, args: TrainingArguments, state: TrainerState) -> str:
        return (
            f"The training loss fell back to chance ({self.chance:.2f}) by step {state.global_step}: lower "
            f"--learning-rate ({args.learning_rate:g} now) or --lora-alpha, or raise --batch-size."
        )

    def _stop(self, args: TrainingArguments, state: TrainerState, control: TrainerControl) -> None:
        if state.best_metric is None:
            raise SentimentError(self._describe(args, state))
        self.say("  It has not recovered: the run stops here and keeps its best epoch.")
        control.should_training_stop = True


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

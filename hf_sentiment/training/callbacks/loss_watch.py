"""Notice training that goes wrong: a loss that is no number, or one that falls back to chance."""

import math
from collections import deque

from transformers import TrainerCallback

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.setup import RunSetup

# Of logged losses, each the mean of `logging_steps` steps: enough that a hard batch or two do not look like a collapse.
SPAN = 4
# A loss this far below chance has learnt something; one this near to it again has lost it.
LEARNT, LOST = 0.8, 0.97
# Logged losses at chance after which nothing is hoped for. Of two collapses of `minilm` with 1,000 reviews, one was
# over after less than 10 and ended at 91 %, the other stayed.
LASTING = 16


class LossWatch(TrainerCallback):
    """Says when a run's loss has collapsed, at which step and what to lower; ends one that does not recover, or is NaN.

    Args:
        chance: the loss of a classifier that knows the labels' shares and nothing else, in nats.
        say: called with a line.
    """

    def __init__(self, chance: float, say):
        self.chance = chance
        self.say = say
        self.recent: deque[float] = deque(maxlen=SPAN)
        self.least = math.inf
        self.lost = 0

    def on_log(self, args, state, control, logs=None, **kwargs):
        """Looks at the training loss."""
        if "loss" not in (logs or {}):
            return
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise SentimentError(
                f"The training loss is {loss} at step {state.global_step}: lower --learning-rate "
                f"({args.learning_rate:g} now), or give --bf16 false where it is on."
            )
        self.recent.append(loss)
        if len(self.recent) < SPAN:
            return
        mean = sum(self.recent) / SPAN
        self.least = min(self.least, mean)
        self.lost = self.lost + 1 if self.least < LEARNT * self.chance and mean > LOST * self.chance else 0
        if self.lost == 1:
            self.say(f"  {self._collapse(args, state)} It may yet recover.")
        elif self.lost > LASTING:
            self._end(args, state, control)

    def _collapse(self, args, state) -> str:
        return (
            f"The training loss fell back to chance ({self.chance:.2f}) by step {state.global_step}: lower "
            f"--learning-rate ({args.learning_rate:g} now) or --lora-alpha, or raise --batch-size."
        )

    def _end(self, args, state, control) -> None:
        if state.best_metric is None:
            raise SentimentError(self._collapse(args, state))
        self.say("  It has not recovered: the run ends here with its best epoch.")
        control.should_training_stop = True


def watch_loss(setup: RunSetup, say) -> LossWatch:
    """The watch over a run's training loss."""
    reviews = setup.reviews
    return LossWatch(chance_loss(reviews.counts, reviews.train_rows, setup.config.multi_label), say)


def chance_loss(counts: list[int], rows: int, multi_label: bool) -> float:
    """The cross-entropy in nats of answering every review with the labels' shares.

    Args:
        counts: reviews with each label.
        rows: how many reviews there are.
        multi_label: whether a review can have several; the mean over labels then, as the loss is.
    """
    shares = [count / rows for count in counts]
    if multi_label:
        return sum(_entropy(share) + _entropy(1 - share) for share in shares) / len(shares)
    return sum(map(_entropy, shares))


def _entropy(share: float) -> float:
    return -share * math.log(share) if share > 0 else 0.0

"""The progress of a training run: a bar in a terminal, and lines everywhere."""

import sys
import time
from typing import Any

from transformers import (
    PrinterCallback,
    ProgressCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from hf_sentiment.reports.names import percent
from hf_sentiment.training.say import Say
from hf_sentiment.training.selection import selection_metric

# Without a terminal, print a line at least this often, in seconds, so that a log shows that a long epoch is alive.
INTERVAL = 30


class ProgressBar(ProgressCallback):
    """Trainer's bar with speed and time left, and beside it the loss and the validation metric of late.

    Args:
        chosen_by: the metric that selects the epoch.
    """

    def __init__(self, chosen_by: str) -> None:
        super().__init__()
        self.chosen_by = chosen_by
        self.beside: dict[str, str] = {}

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Shows the loss, instead of the raw dictionary that Trainer's bar prints."""
        if logs and "loss" in logs:
            self._show(loss=f"{float(logs['loss']):.3f}")

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Ends the bar of the evaluation, and shows the metric."""
        super().on_evaluate(args, state, control, **kwargs)
        name, value = selection_metric(kwargs["metrics"], self.chosen_by)
        self._show(**{f"validation {name}": percent(value)})

    def _show(self, **values: str) -> None:
        self.beside |= values
        if self.training_bar is not None:
            self.training_bar.set_postfix(self.beside)


class ProgressLines(TrainerCallback):
    """A line for each evaluation with loss, speed, time left and validation metric, and one each half minute between.

    Args:
        say: called with each line.
        chosen_by: the metric that selects the epoch.
        between: whether to print lines between evaluations.
    """

    def __init__(self, say: Say, chosen_by: str, between: bool) -> None:
        self.say = say
        self.chosen_by = chosen_by
        self.between = between
        self.loss: float | None = None
        self.begin = self.last = 0.0
        self.first_step = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Starts the clock; the speed of a resumed run counts only its own steps."""
        self.begin = self.last = time.monotonic()
        self.first_step = state.global_step

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Keeps the latest training loss, and prints it if the last line is half a minute old."""
        self.loss = (kwargs.get("logs") or {}).get("loss", self.loss)
        if self.between and self.loss is not None and time.monotonic() - self.last > INTERVAL:
            self.last = time.monotonic()
            self.say(f"  {_step(state)}: {self._so_far(args, state)}")

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Prints the validation metric."""
        self.last = time.monotonic()
        name, value = selection_metric(kwargs["metrics"], self.chosen_by)
        place = f"epoch {state.epoch or 0:g}" if args.eval_strategy == "epoch" else _step(state)
        self.say(f"  {place}: validation {name} {percent(value)}, {self._so_far(args, state)}")

    def _so_far(self, args: TrainingArguments, state: TrainerState) -> str:
        seconds = max(time.monotonic() - self.begin, 1e-9)
        steps = state.global_step - self.first_step
        speed = steps * args.train_batch_size * args.gradient_accumulation_steps * args.world_size / seconds
        left = (state.max_steps - state.global_step) * seconds / max(steps, 1)
        loss = "" if self.loss is None else f"loss {float(self.loss):.3f}, "
        return f"{loss}{speed:.1f} reviews/s, at most {_clock(left)} left"


def show_progress(trainer: Trainer, say: Say, chosen_by: str) -> None:
    """Replace Trainer's progress callbacks with ours, which show the metric that selects the epoch."""
    for theirs in (ProgressCallback, PrinterCallback):
        trainer.remove_callback(theirs)
    terminal = sys.stderr.isatty()
    if terminal:
        trainer.add_callback(ProgressBar(chosen_by))
    trainer.add_callback(ProgressLines(say, chosen_by, between=not terminal))


def _step(state: TrainerState) -> str:
    return f"step {state.global_step} of {state.max_steps}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"

"""What a training run tells while it goes on: a bar in a terminal, lines everywhere."""

import sys
import time

from transformers import PrinterCallback, ProgressCallback, Trainer, TrainerCallback

from hf_sentiment.training.trainer import chosen_by

# Without a terminal, a line at least so often, in seconds: a log of a long epoch shows that it is alive.
EVERY = 60


class Bar(ProgressCallback):
    """Trainer's bar, without the raw dictionaries it prints between."""

    def on_log(self, args, state, control, logs=None, **kwargs):
        """Says nothing: `Lines` does."""


class Lines(TrainerCallback):
    """A line for each evaluation and, between them, one a minute: loss, speed, time left, and what it is chosen by."""

    def __init__(self, say, between: bool):
        self.say = say
        self.between = between
        self.loss = None
        self.begun = self.last = 0.0
        self.first_step = 0

    def on_train_begin(self, args, state, control, **kwargs):
        """Starts the clock; a run that goes on counts its own steps alone."""
        self.begun = self.last = time.monotonic()
        self.first_step = state.global_step

    def on_log(self, args, state, control, logs=None, **kwargs):
        """Keeps the last training loss, and says it when a minute has gone by."""
        self.loss = (logs or {}).get("loss", self.loss)
        if self.between and self.loss is not None and time.monotonic() - self.last > EVERY:
            self.last = time.monotonic()
            self.say(f"  {_step(state)}: {self._so_far(args, state)}")

    def on_evaluate(self, args, state, control, metrics=None, **kwargs):
        """Says what the epoch, or the steps since the last time, gave."""
        self.last = time.monotonic()
        measure, value = chosen_by(metrics)
        place = f"epoch {state.epoch:g}" if args.eval_strategy == "epoch" else _step(state)
        self.say(f"  {place}: validation {measure} {value:.1%}, {self._so_far(args, state)}")

    def _so_far(self, args, state) -> str:
        seconds = max(time.monotonic() - self.begun, 1e-9)
        steps = state.global_step - self.first_step
        speed = steps * args.train_batch_size * args.gradient_accumulation_steps * args.world_size / seconds
        left = (state.max_steps - state.global_step) * seconds / max(steps, 1)
        loss = "" if self.loss is None else f"loss {float(self.loss):.3f}, "
        return f"{loss}{speed:.1f} reviews/s, at most {_clock(left)} left"


def tell_progress(trainer: Trainer, say) -> None:
    """Put our progress in the place of Trainer's own."""
    for theirs in (ProgressCallback, PrinterCallback):
        trainer.remove_callback(theirs)
    terminal = sys.stderr.isatty()
    if terminal:
        trainer.add_callback(Bar())
    trainer.add_callback(Lines(say, between=not terminal))


def _step(state) -> str:
    return f"step {state.global_step} of {state.max_steps}"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"

"""What a training run tells while it goes on: a bar in a terminal, a line an epoch everywhere."""

import sys

from transformers import PrinterCallback, ProgressCallback, Trainer, TrainerCallback


class Bar(ProgressCallback):
    """Trainer's bar, without the raw dictionaries it prints between."""

    def on_log(self, args, state, control, logs=None, **kwargs):
        """Says nothing: `EpochLines` does."""


class EpochLines(TrainerCallback):
    """One line for each evaluation: epoch, loss, validation accuracy."""

    def __init__(self, say):
        self.say = say
        self.loss = None

    def on_log(self, args, state, control, logs=None, **kwargs):
        """Keeps the last training loss."""
        self.loss = (logs or {}).get("loss", self.loss)

    def on_evaluate(self, args, state, control, metrics=None, **kwargs):
        """Says what the epoch gave."""
        loss = "" if self.loss is None else f"loss {float(self.loss):.3f}, "
        accuracy = metrics[f"eval_{args.metric_for_best_model}"]
        self.say(f"  epoch {state.epoch:g}: {loss}validation accuracy {accuracy:.1%}")


def tell_progress(trainer: Trainer, say) -> None:
    """Put our progress in the place of Trainer's own."""
    for theirs in (ProgressCallback, PrinterCallback):
        trainer.remove_callback(theirs)
    if sys.stderr.isatty():
        trainer.add_callback(Bar())
    trainer.add_callback(EpochLines(say))

"""An exponential moving average of the trained weights, which is evaluated, saved and becomes the adapter."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.nn import Module, Parameter
from torch.optim.swa_utils import get_ema_multi_avg_fn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from hf_sentiment.training.callbacks.checkpoints import checkpoint_folder

# The weights to resume training from; the adapter in the same checkpoint holds the averaged ones.
FILE_NAME = "unaveraged.safetensors"


class WeightAverage(TrainerCallback):
    """Replaces the weights with their average for each evaluation and checkpoint, and restores them afterwards.

    Polyak averaging, as in Morales-Brotons et al. 2024, "Exponential Moving Average of Weights in Deep Learning"
    (https://arxiv.org/abs/2411.18704). The decay is lower in early steps, (1 + steps) / (10 + steps), so that the
    average forgets the untrained weights.

    Args:
        decay: the decay of the average, from 0 to 1.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.average: list[torch.Tensor] = []
        self.weights: list[torch.Tensor] | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Starts the average; a resumed run finds it in its model, and the weights in the checkpoint."""
        self.restart(kwargs["model"])
        path = _file(args, state)
        if state.global_step and path.is_file():
            copy_into(trained_parameters(kwargs["model"]).values(), load_file(path).values())

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Restores the weights after an evaluation without a checkpoint."""
        self._restore(kwargs["model"])

    @torch.no_grad()
    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Updates the average."""
        decay = min(self.decay, (1 + state.global_step) / (10 + state.global_step))
        weights = [value.detach() for value in trained_parameters(kwargs["model"]).values()]
        get_ema_multi_avg_fn(decay)(self.average, weights, None)
        if control.should_evaluate or control.should_save:
            self._use_average(kwargs["model"])

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Uses the average for the evaluation and the checkpoint at the end of an epoch."""
        if control.should_evaluate or control.should_save:
            self._use_average(kwargs["model"])

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Writes the weights beside their average, and restores them."""
        if self.weights is not None and state.is_world_process_zero:
            names = [f"{number:06d}" for number in range(len(self.weights))]
            save_file(dict(zip(names, self.weights, strict=True)), _file(args, state))
        self._restore(kwargs["model"])

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leaves the average in the model, unless the best checkpoint is there already."""
        if not args.load_best_model_at_end:
            self._use_average(kwargs["model"])

    def restart(self, model: Module) -> None:
        """Forget the weights so far: the average starts anew from the present ones."""
        self.average, self.weights = [value.detach().clone() for value in trained_parameters(model).values()], None

    def _use_average(self, model: Module) -> None:
        if self.weights is None:
            trained = trained_parameters(model).values()
            self.weights = [value.detach().clone() for value in trained]
            copy_into(trained, self.average)

    def _restore(self, model: Module) -> None:
        if self.weights is not None:
            copy_into(trained_parameters(model).values(), self.weights)
            self.weights = None


def trained_parameters(model: Module) -> dict[str, Parameter]:
    """The parameters that training changes, by name."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


@torch.no_grad()
def copy_into(parameters: Iterable[Parameter], values: Iterable[torch.Tensor]) -> None:
    """Overwrite parameters in place."""
    for parameter, value in zip(parameters, values, strict=True):
        parameter.copy_(value)


def _file(args: TrainingArguments, state: TrainerState) -> Path:
    return checkpoint_folder(args, state) / FILE_NAME

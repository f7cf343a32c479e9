"""An exponential moving average of the trained weights: what is evaluated, kept and, in the end, the adapter."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.optim.swa_utils import get_ema_multi_avg_fn
from transformers import TrainerCallback
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

# The weights that training goes on from, in a checkpoint whose adapter holds the averaged ones.
FILE_NAME = "unaveraged.safetensors"


class WeightAverage(TrainerCallback):
    """Puts the average in the place of the weights for each evaluation and checkpoint, and the weights back after it.

    Polyak averaging, as in Morales-Brotons et al. 2024, "Exponential Moving Average of Weights in Deep Learning"
    (https://arxiv.org/abs/2411.18704). Early on the decay is lower, (1 + steps) / (10 + steps), so that the average
    forgets the untrained weights.
    """

    def __init__(self, decay: float):
        self.decay = decay
        self.average: list[torch.Tensor] = []
        self.weights: list[torch.Tensor] | None = None

    def on_train_begin(self, args, state, control, model, **kwargs):
        """A run that goes on finds the average in its model, and the weights beside it."""
        trained = _trained(model)
        self.average, self.weights = [value.detach().clone() for value in trained.values()], None
        path = _file(args, state)
        if state.global_step and path.is_file():
            _put(trained.values(), load_file(path).values())

    def on_step_begin(self, args, state, control, model, **kwargs):
        """Where an evaluation was not followed by a checkpoint."""
        self._put_back(model)

    @torch.no_grad()
    def on_step_end(self, args, state, control, model, **kwargs):
        """Take a step into the average."""
        decay = min(self.decay, (1 + state.global_step) / (10 + state.global_step))
        weights = [value.detach() for value in _trained(model).values()]
        get_ema_multi_avg_fn(decay)(self.average, weights, None)
        if control.should_evaluate or control.should_save:
            self._put_average(model)

    def on_epoch_end(self, args, state, control, model, **kwargs):
        """Evaluations and checkpoints at the end of an epoch."""
        if control.should_evaluate or control.should_save:
            self._put_average(model)

    def on_save(self, args, state, control, model, **kwargs):
        """Write the weights beside the average, and go on with them."""
        if self.weights is not None and state.is_world_process_zero:
            names = [f"{number:06d}" for number in range(len(self.weights))]
            save_file(dict(zip(names, self.weights, strict=True)), _file(args, state))
        self._put_back(model)

    def _put_average(self, model) -> None:
        if self.weights is None:
            trained = _trained(model).values()
            self.weights = [value.detach().clone() for value in trained]
            _put(trained, self.average)

    def _put_back(self, model) -> None:
        if self.weights is not None:
            _put(_trained(model).values(), self.weights)
            self.weights = None


def _trained(model: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


@torch.no_grad()
def _put(parameters, values) -> None:
    for parameter, value in zip(parameters, values, strict=True):
        parameter.copy_(value)


def _file(args, state) -> Path:
    return Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}" / FILE_NAME

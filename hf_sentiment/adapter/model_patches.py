"""Replace the forward of one module of a model, in a way that survives pickle and deepcopy."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch


def replace_forward(module: torch.nn.Module, forward: Callable[..., Any]) -> None:
    """Make a module compute something else; its weights and their names stay the same.

    Args:
        module: changed in place.
        forward: takes the module, then the arguments of the module's own forward. It must be a top-level function of
            an importable module, because a bound method could not be pickled.
    """
    module.forward = partial(forward, module)


def restore_forward(module: torch.nn.Module) -> None:
    """Undo `replace_forward`."""
    del module.forward

"""Replace the forward of one module of a model, in a way that survives pickle and deepcopy."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch


def replace_forward(module: torch.nn.Module, forward: Callable[..., Any]) -> None:
    """Let a module compute something else; its weights and their names stay what they are.

    Args:
        module: changed in place.
        forward: takes the module first, then what the module's own forward takes. It is a function at the top of an
            importable file: a bound method of that name could not be pickled.
    """
    module.forward = partial(forward, module)


def restore_forward(module: torch.nn.Module) -> None:
    """Take back what `replace_forward` did."""
    del module.forward

"""Several processes that train one adapter: what the main one decides holds for all of them."""

from typing import TypeVar

import torch.distributed

Value = TypeVar("Value")


def from_main(value: Value) -> Value:
    """The main process's value, in every process; all of them must call this.

    Processes that decide for themselves can differ in the last digit, for example on machines with different
    processors, and then one of them stops or returns to earlier weights, and the others wait for it.

    Args:
        value: anything that can be pickled.
    """
    if number_of_processes() == 1:
        return value
    values = [value]
    torch.distributed.broadcast_object_list(values, src=0)
    return values[0]


def wait_for_all() -> None:
    """Return once every process has called this."""
    if number_of_processes() > 1:
        torch.distributed.barrier()


def number_of_processes() -> int:
    """How many processes train together; 1 before Trainer's options have joined them."""
    started = torch.distributed.is_available() and torch.distributed.is_initialized()
    return torch.distributed.get_world_size() if started else 1

"""The device a run trains on."""

import os

import torch

# oneDNN's own bound is 1,024: `minilm` then holds 4.0 GB after 120 steps on 1,000 Amazon reviews. With this one, it is
# 2.7 GB, and with batches of fewer lengths (`layer_inputs.LENGTH_STEP`) 2.0 GB.
KERNELS = "64"


def bound_kernels() -> None:
    """Bound how many kernels oneDNN keeps: there is one for each shape of a batch, with buffers of its own.

    oneDNN reads the variable at its first kernel in the process. A value that the user has set stays.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS)


def training_device(use_cpu: bool) -> torch.device:
    """The accelerator, or the CPU if there is none or if `use_cpu` is set."""
    found = None if use_cpu else torch.accelerator.current_accelerator(check_available=True)
    return found or torch.device("cpu")


def device_name(device: torch.device) -> str:
    """The device's name on a card: "2 CPU threads", or the accelerator's own name."""
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return "one CPU thread" if threads == 1 else f"{threads} CPU threads"
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type

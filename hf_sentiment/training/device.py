"""The device a run trains on."""

import torch


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

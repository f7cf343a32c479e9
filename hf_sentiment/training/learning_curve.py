"""The learning curve of a run, from Trainer's log: the loss and the validation metric by step."""

from typing import Any

import numpy as np
from transformers import TrainerState

# Points of each line at most; report.json holds them.
MAX_POINTS = 120


def learning_curve(state: TrainerState, chosen_by: str) -> dict[str, Any]:
    """Take the learning curve from a Trainer's state; a resumed run's begins with its first step.

    Args:
        state: after training.
        chosen_by: the metric that selects the epoch, see `hf_sentiment.training.selection.chosen_by`.

    Returns:
        `metric` (`chosen_by`), `kept_step` (whose weights the adapter has; None if unknown), `training`: `step`,
        `epoch` and `loss`, and `validation`: `step`, `epoch`, `loss` and `value` of the metric. The losses are the
        training objective's, in nats. Of a long run's points, 120 of each kind are kept. Empty without any.
    """
    key = f"eval_{chosen_by}"
    training = [_point(entry, loss="loss") for entry in state.log_history if "loss" in entry]
    validation = [_point(entry, loss="eval_loss", value=key) for entry in state.log_history if key in entry]
    if not training and not validation:
        return {}
    return {
        "metric": chosen_by,
        "kept_step": state.best_global_step,
        "training": _thinned(training),
        "validation": _thinned(validation),
    }


def _point(entry: dict[str, float], **keys: str) -> dict[str, float]:
    numbers = {"epoch": entry.get("epoch"), **{name: entry.get(key) for name, key in keys.items()}}
    # A loss that is no number has no place in JSON.
    return {"step": int(entry["step"])} | {
        name: round(float(value), 5) for name, value in numbers.items() if value is not None and np.isfinite(value)
    }


def _thinned(points: list[dict[str, float]]) -> list[dict[str, float]]:
    places = np.unique(np.linspace(0, len(points) - 1, min(len(points), MAX_POINTS)).round().astype(int))
    return [points[place] for place in places]

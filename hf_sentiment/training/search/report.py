"""The results of a search: a table of its trials, and a plot."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial

from hf_sentiment.training.search.space import Space
from hf_sentiment.training.search.study import MEASURE, REASON, is_over


@dataclass
class TrialResult:
    """A finished trial.

    Attributes:
        number: its place, from 0.
        settings: option -> value.
        accuracy: the best validation accuracy of its epochs, or what `measure` says; None if it failed.
        epochs: how many it trained.
        seconds: evaluations included.
        reviews_per_second: speed of training, evaluations included.
        reason: why it failed.
        measure: the metric that `accuracy` holds: "accuracy", "macro F1" or "average precision".
    """

    number: int
    settings: dict[str, Any]
    accuracy: float | None
    epochs: int
    seconds: float
    reviews_per_second: float
    reason: str | None = None
    measure: str = "accuracy"


def read_trials(trials: list[FrozenTrial], space: Space) -> list[TrialResult]:
    """The finished trials, numbered from 0: in the order of the grid, or in the order they were started."""
    over = [trial for trial in trials if is_over(trial)]
    if space.sampler == "grid":
        # A killed trial is tried again at the end, but keeps its place in the grid.
        order = space.combinations()
        over.sort(key=lambda trial: order.index(trial.params))
    results: list[TrialResult] = []
    for trial in over:
        noted = trial.user_attrs
        results.append(
            TrialResult(
                len(results),
                dict(trial.params),
                trial.value,
                len(noted.get("history", [])),
                noted.get("seconds", 0.0),
                noted.get("reviews_per_second", 0.0),
                noted.get(REASON),
                noted.get(MEASURE, "accuracy"),
            )
        )
    return results


def best_trial(trials: list[TrialResult]) -> TrialResult:
    """The trial with the highest value, the first of equal ones; a failed one only if all failed."""
    return max(trials, key=lambda trial: (-1.0 if trial.accuracy is None else trial.accuracy, -trial.number))


def describe_settings(settings: dict[str, Any]) -> str:
    """Settings as one phrase."""
    return ", ".join(f"{name} {_short(value)}" for name, value in settings.items())


def trials_table(trials: list[TrialResult], separator: str | None = None) -> str:
    """The trials as aligned columns, or as lines with a separator."""
    names = list(trials[0].settings)
    measure = next((trial.measure for trial in trials if trial.accuracy is not None), "accuracy")
    rows = [["trial", *names, f"validation {measure}", "epochs", "seconds", "reviews/s"]]
    for trial in trials:
        accuracy = "failed" if trial.accuracy is None else f"{trial.accuracy:.4f}"
        row = [str(trial.number), *(_short(trial.settings[name]) for name in names), accuracy, str(trial.epochs)]
        rows.append([*row, f"{trial.seconds:.1f}", f"{trial.reviews_per_second:.1f}"])
    if separator is not None:
        return "".join(separator.join(row) + "\n" for row in rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def draw_trials(trials: list[TrialResult], path: Path) -> None:
    """Plot the trials' validation metric against each option, one panel per option; the winner is circled.

    Args:
        trials: at least one of them with a value.
        path: where to save the picture.
    """
    from matplotlib.figure import Figure

    done = [trial for trial in trials if trial.accuracy is not None]
    best = best_trial(trials)
    names = list(done[0].settings)
    figure = Figure(figsize=(3.2 * len(names) + 0.6, 3.4), facecolor="white", layout="constrained")
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for axes, name in zip(panels, names, strict=True):
        values = [trial.settings[name] for trial in done]
        numeric = all(isinstance(value, int | float) for value in values)
        places = values if numeric else [str(value) for value in values]
        axes.scatter(places, [trial.accuracy for trial in done], s=36, color="#00204d")
        mark = best.settings[name] if numeric else str(best.settings[name])
        axes.scatter([mark], [best.accuracy], s=160, facecolors="none", edgecolors="#c8102e", linewidths=2)
        if numeric and min(values) > 0 and max(values) / min(values) > 2:
            axes.set_xscale("log", base=10 if name == "learning_rate" else 2)
        axes.set_xlabel(name.replace("_", " "))
        axes.grid(axis="y", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(f"validation {best.measure}")
    figure.savefig(path, dpi=130)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)

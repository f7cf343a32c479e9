"""Search spaces: YAML files that say which options to search, and over which values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Any

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.arguments import option_types
from hf_sentiment.training.recipe_files import RECIPE_OPTIONS, as_declared, check_options, find_yaml, read_yaml

if TYPE_CHECKING:
    from optuna import Trial

FOLDER = files("hf_sentiment.training.search") / "spaces"
SAMPLERS = ("grid", "tpe")
# All trials share their base, their tokenized reviews and their cached activations ...
SHARED = {"base_model", "streaming", "max_length", "upper_layers", "bf16"}
# ... and choose the best of equally many evaluations, by the same metric.
SHARED |= {"eval_steps", "min_steps", "patience", "choose_by"}
RANGE_KEYS = {"low", "high", "log", "step"}


@dataclass
class Space:
    """What a search tries.

    Attributes:
        sampler: "grid" (every combination once) or "tpe".
        options: option -> a list of values, or a range {"low", "high"} with "log" or "step".
        fixed: options that are the same for all trials; they replace the recipe's values.
    """

    sampler: str
    options: dict[str, list[Any] | dict[str, Any]]
    fixed: dict[str, Any] = field(default_factory=dict)

    def combinations(self) -> list[dict[str, Any]]:
        """All settings of a grid."""
        return [dict(zip(self.options, values, strict=True)) for values in product(*self.options.values())]

    def suggest(self, trial: "Trial") -> dict[str, Any]:
        """The settings of an Optuna trial."""
        return {name: _suggest(trial, name, values) for name, values in self.options.items()}


def _suggest(trial: "Trial", name: str, values: list[Any] | dict[str, Any]) -> Any:
    if isinstance(values, list):
        return trial.suggest_categorical(name, values)
    if isinstance(values["low"], int) and isinstance(values["high"], int):
        return trial.suggest_int(name, **values)
    return trial.suggest_float(name, **values)


def load_space(name: str) -> Space:
    """Load a shipped space ("grid", "optuna") or one from a YAML file.

    Raises:
        SentimentError: there is no such space, it cannot be read, an option cannot be searched, or a value has the
            wrong type.
    """
    path = find_yaml(FOLDER, name)
    if path is None:
        raise SentimentError(f"There is no search space {name!r}: give grid, optuna or a YAML file.")
    what = f"search space {name}"
    content = read_yaml(path, what)
    for key in content:
        if key not in ("sampler", "options", "fixed"):
            raise SentimentError(f"The {what} has {key!r}; it takes sampler, options and fixed.")
    sampler, options, fixed = content.get("sampler", "tpe"), content.get("options") or {}, content.get("fixed") or {}
    if sampler not in SAMPLERS:
        raise SentimentError(f"The {what} has the sampler {sampler!r}; it must be one of {', '.join(SAMPLERS)}.")
    if not options:
        raise SentimentError(f"The {what} has no options to search.")
    check_options(what, [*options, *fixed], RECIPE_OPTIONS)
    if shared := SHARED & options.keys():
        raise SentimentError(f"The {what} has {shared.pop()}, which cannot be searched; set it under fixed.")
    types = option_types()
    return Space(
        sampler,
        {option: _checked(what, sampler, option, values, types) for option, values in options.items()},
        {option: as_declared(what, option, value, types[option]) for option, value in fixed.items()},
    )


def _checked(what: str, sampler: str, option: str, values: Any, types: Mapping[str, Any]) -> list[Any] | dict[str, Any]:
    """The values of an option as its declared type, or its range."""
    if isinstance(values, list) and values:
        return [as_declared(what, option, value, types[option]) for value in values]
    if sampler == "grid":
        raise SentimentError(f"The {what} is a grid: give {option} a list of values.")
    ranged = isinstance(values, dict) and {"low", "high"} <= set(values) <= RANGE_KEYS
    if not ranged or not all(isinstance(values[key], int | float) for key in ("low", "high")):
        raise SentimentError(
            f"The {what} gives {option} neither a list of values nor a range such as "
            "{low: 1e-4, high: 1e-3, log: true}."
        )
    return dict(values)

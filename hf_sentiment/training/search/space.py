"""Search spaces: YAML files that say which options to search, and over what."""

from dataclasses import dataclass, field
from importlib.resources import files
from itertools import product

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.recipe_files import RECIPE_OPTIONS, check_options, find_yaml, read_yaml

FOLDER = files("hf_sentiment.training.search") / "spaces"
SAMPLERS = ("grid", "tpe")
# All trials share their base, their tokenised reviews and their Trainer, and are judged by the same measure.
SHARED = {"base_model", "streaming", "max_length", "upper_layers", "group_by_length"}
SHARED |= {"bf16", "ema_decay", "eval_steps", "min_steps", "patience"}
RANGE_KEYS = {"low", "high", "log", "step"}


@dataclass
class Space:
    """What a search tries.

    Attributes:
        sampler: "grid" (every combination once) or "tpe".
        options: option -> the values to choose among, or a range {"low", "high"} with "log" or "step".
        fixed: options that are the same for all trials, above the recipe's.
    """

    sampler: str
    options: dict[str, list | dict]
    fixed: dict = field(default_factory=dict)

    def combinations(self) -> list[dict]:
        """All of a grid's settings."""
        return [dict(zip(self.options, values, strict=True)) for values in product(*self.options.values())]

    def suggest(self, trial) -> dict:
        """The settings of an Optuna trial."""
        return {name: _suggest(trial, name, values) for name, values in self.options.items()}


def _suggest(trial, name: str, values: list | dict):
    if isinstance(values, list):
        return trial.suggest_categorical(name, values)
    if isinstance(values["low"], int) and isinstance(values["high"], int):
        return trial.suggest_int(name, **values)
    return trial.suggest_float(name, **values)


def load_space(name: str) -> Space:
    """A shipped space ("grid", "optuna") or one from a YAML file.

    Raises:
        SentimentError: there is no such space, it cannot be read, or it names an option that cannot be searched.
    """
    path = find_yaml(FOLDER, name)
    if path is None:
        raise SentimentError(f"There is no search space {name!r}: give grid, optuna or a YAML file.")
    content = read_yaml(path, f"search space {name}")
    for key in content:
        if key not in ("sampler", "options", "fixed"):
            raise SentimentError(f"The search space {name} has {key!r}; it takes sampler, options and fixed.")
    sampler, options, fixed = content.get("sampler", "tpe"), content.get("options") or {}, content.get("fixed") or {}
    if sampler not in SAMPLERS:
        raise SentimentError(f"The search space {name} has the sampler {sampler!r}; there are {', '.join(SAMPLERS)}.")
    if not options:
        raise SentimentError(f"The search space {name} has no options to search.")
    check_options(f"search space {name}", [*options, *fixed], RECIPE_OPTIONS)
    if shared := SHARED & options.keys():
        raise SentimentError(f"The search space {name} has {shared.pop()}, which cannot be searched; fixed may set it.")
    for option, values in options.items():
        _check_values(name, sampler, option, values)
    return Space(sampler, options, fixed)


def _check_values(name: str, sampler: str, option: str, values) -> None:
    if isinstance(values, list) and values:
        return
    if sampler == "grid":
        raise SentimentError(f"The search space {name} is a grid: give {option} a list of values.")
    ranged = isinstance(values, dict) and {"low", "high"} <= set(values) <= RANGE_KEYS
    if not ranged or not all(isinstance(values[key], int | float) for key in ("low", "high")):
        raise SentimentError(
            f"The search space {name} gives {option} neither a list of values nor a range such as "
            "{low: 1e-4, high: 1e-3, log: true}."
        )

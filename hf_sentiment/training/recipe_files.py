"""Recipes: YAML files that set training options."""

import difflib
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_args

import yaml

from hf_sentiment.errors import SentimentError

FOLDER: Traversable = files("hf_sentiment.training") / "recipes"
# Chooses one of the others, see `hf_sentiment.training.auto`, and begins as this one.
AUTO, AUTO_BEGINS_AS = "auto", "minilm"
# Numbers in YAML 1.2 and JSON that PyYAML, which follows YAML 1.1, reads as text: 5e-4, 5.0e4.
EXPONENT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$")
# How messages name the values of each type.
KINDS: dict[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


class _Loader(yaml.SafeLoader):
    """A separate class, so that the resolver for numbers below does not change yaml.SafeLoader for everyone."""


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", EXPONENT, list("-+.0123456789"))

# The options with a value in base.yaml: those that a recipe usually sets, and that a search may search.
RECIPE_OPTIONS: tuple[str, ...] = tuple(yaml.safe_load((FOLDER / "base.yaml").read_text(encoding="utf-8")))


def recipe_names() -> list[str]:
    """The recipes that ship with the package, without the base recipe."""
    shipped = {Path(str(entry)).stem for entry in FOLDER.iterdir() if str(entry).endswith(".yaml")}
    return sorted(shipped - {"base"} | {AUTO})


def load_recipe(name: str, types: Mapping[str, Any]) -> dict[str, Any]:
    """The options a recipe sets; a list of names becomes one comma-separated string, as on the command line.

    Args:
        name: a shipped recipe's name, or a YAML file.
        types: all known options, and their declared types.

    Raises:
        SentimentError: there is no such recipe, it is not a mapping, an option does not exist, or a value has the wrong
            type.
    """
    path = find_yaml(FOLDER, AUTO_BEGINS_AS if name == AUTO else name)
    if path is None:
        raise SentimentError(f"There is no recipe {name!r}: give a YAML file or one of {', '.join(recipe_names())}.")
    what = f"recipe {name}"
    recipe = read_yaml(path, what)
    check_options(what, recipe, types)
    return {option: as_declared(what, option, value, types[option]) for option, value in recipe.items()}


def as_declared(what: str, option: str, value: Any, declared: Any) -> Any:
    """Convert a YAML value to its option's declared type: 3.0 to 3 for an `int | None`, a list to "a,b" for text.

    Args:
        what: the file, as messages name it.
        option: its name.
        value: as read from YAML.
        declared: the option's type.

    Raises:
        SentimentError: the value has another type.
    """
    kinds = get_args(declared) or (declared,)
    if value is None and type(None) in kinds:
        return None
    kind = kinds[0]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is str and (number or isinstance(value, str | list)):
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)
    # A label map.
    if kind is str and isinstance(value, dict):
        return value
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) if kind is bool else number and (kind is float or whole):
        return kind(value)
    raise SentimentError(f"The {what} gives {option} the value {value!r}, which is not {KINDS[kind]}.")


def find_yaml(folder: Traversable, name: str) -> Traversable | None:
    """The user's own file at that path, or the shipped one of that name; None if there is neither."""
    own, shipped = Path(name).expanduser(), folder / f"{name}.yaml"
    return own if own.is_file() else shipped if shipped.is_file() else None


def read_yaml(path: Traversable, what: str) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        SentimentError: it cannot be read, or holds something else.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader) or {}
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise SentimentError(f"The {what} is not readable YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(content, dict):
        raise SentimentError(f"The {what} must be a list of `option: value` lines.")
    return content


def check_options(what: str, options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse options that do not exist.

    Raises:
        SentimentError: an option is not among the known ones; the message suggests the nearest one.
    """
    known = list(known)
    for option in options:
        if option not in known:
            near = difflib.get_close_matches(str(option), known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise SentimentError(f"The {what} has an option {option!r} that does not exist{hint}")

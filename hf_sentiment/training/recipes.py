"""Recipes: YAML files that set training options."""

import difflib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import yaml

from hf_sentiment.errors import SentimentError

FOLDER = files("hf_sentiment.training") / "recipes"


# What a recipe may set: everything that base.yaml does.
RECIPE_OPTIONS = tuple(yaml.safe_load((FOLDER / "base.yaml").read_text(encoding="utf-8")))


def recipe_names() -> list[str]:
    """The recipes that ship with the package, without the one that all of them lie on."""
    return sorted({Path(str(entry)).stem for entry in FOLDER.iterdir() if str(entry).endswith(".yaml")} - {"base"})


def load_recipe(name: str, known: list[str]) -> dict:
    """The options a recipe sets; a list of names becomes one string with commas, as on the command line.

    Args:
        name: a shipped recipe's name, or a YAML file.
        known: the options there are.

    Raises:
        SentimentError: there is no such recipe, it is not a mapping, or it has an option that does not exist.
    """
    path = find_yaml(FOLDER, name)
    if path is None:
        raise SentimentError(f"There is no recipe {name!r}: give a YAML file or one of {', '.join(recipe_names())}.")
    recipe = read_yaml(path, f"recipe {name}")
    check_options(f"recipe {name}", recipe, known)
    return {key: ",".join(map(str, value)) if isinstance(value, list) else value for key, value in recipe.items()}


def find_yaml(folder, name: str):
    """The user's own file of that path, or the shipped one of that name; None where there is neither."""
    own, shipped = Path(name).expanduser(), folder / f"{name}.yaml"
    return own if own.is_file() else shipped if shipped.is_file() else None


def read_yaml(path, what: str) -> dict:
    """A YAML file that holds a mapping.

    Raises:
        SentimentError: it cannot be read, or holds something else.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise SentimentError(f"The {what} is not readable YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(content, dict):
        raise SentimentError(f"The {what} must be a list of `option: value` lines.")
    return content


def check_options(what: str, options: Iterable, known: Iterable[str]) -> None:
    """Raise a SentimentError that names the nearest known one, for an option that does not exist."""
    known = list(known)
    for option in options:
        if option not in known:
            near = difflib.get_close_matches(str(option), known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise SentimentError(f"The {what} has an option {option!r} that does not exist{hint}")

"""`hf-sentiment recipes`: what there is to train with."""

import argparse
import textwrap
import tomllib
from importlib.resources import files

from hf_sentiment.cli.output import Commands, show


def add_commands(commands: Commands) -> None:
    """Add the command to the parser's subparsers."""
    recipes = commands.add_parser("recipes", help="list the recipes for training, with what was measured of each")
    recipes.add_argument("--json", action="store_true", help="print the list as JSON")
    recipes.set_defaults(run=_recipes)


def _recipes(parsed: argparse.Namespace) -> int:
    notes = tomllib.loads((files("hf_sentiment.training") / "recipe_notes.toml").read_text(encoding="utf-8"))
    show(notes, _as_text(notes), parsed.json)
    return 0


def _as_text(notes: dict[str, dict[str, str]]) -> str:
    width = max(map(len, notes)) + 2
    lines = []
    for name, note in notes.items():
        said = note["what"] + (f". Measured: {note['measured']}" if "measured" in note else "")
        lines += textwrap.wrap(said, 118, initial_indent=name.ljust(width), subsequent_indent=" " * width)
    return "\n".join([*lines, "", "hf-sentiment train --recipe NAME --show prints the options of one."])

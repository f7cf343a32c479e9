"""Command line options from the fields of a dataclass.

As transformers' HfArgumentParser does it, whose import takes most of the second in which a mistake should be answered.
"""

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin, get_type_hints

from hf_sentiment.cli.parser import Parser

YES, NO = {"yes", "true", "t", "y", "1"}, {"no", "false", "f", "n", "0"}


@dataclasses.dataclass(frozen=True)
class Words:
    """What the help of a command says besides its options.

    Attributes:
        prog: the command.
        description: what it does.
        usage: the options that it needs, after the command.
        examples: whole command lines.
        flags: name -> help of options that are no fields, and true if they are given.
    """

    prog: str
    description: str
    usage: str = ""
    examples: tuple[str, ...] = ()
    flags: Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse_options(
    kind: type, argv: Sequence[str], words: Words, defaults: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The options of a dataclass from the command line, by field name.

    `--train-size` and `--train_size` are the same. A boolean option may stand alone or before true or false, and one
    that is true by default has a form with "no" before it.

    Args:
        kind: the dataclass; its fields are strings, numbers, booleans and tuples of strings, whose options can be given
            several times; they have their help in their metadata, and a field that begins a group its title.
        argv: the words of the command line.
        words: for the help.
        defaults: field name -> value, instead of the field's default.

    Raises:
        SentimentError: an option does not exist or has a wrong value.
    """
    parser = Parser(
        prog=words.prog,
        description=words.description,
        usage=f"%(prog)s {words.usage}[options]",
        epilog="\n".join(["examples:", *(f"  {line}" for line in words.examples)]) if words.examples else None,
        formatter_class=_HelpFormatter,
    )
    add_options(parser, kind, words, defaults)
    return vars(parser.parse_args([_with_dashes(word) for word in argv]))


def add_options(
    parser: argparse.ArgumentParser, kind: type, words: Words, defaults: Mapping[str, Any] | None = None
) -> dict[str, argparse.Action]:
    """Add the options of a dataclass to a parser, see `parse_options`; return them by field name."""
    group: argparse._ActionsContainer = parser
    actions: dict[str, argparse.Action] = {}
    types = get_type_hints(kind)
    for each in dataclasses.fields(kind):
        flag, default = f"--{each.name.replace('_', '-')}", (defaults or {}).get(each.name, each.default)
        # argparse takes a percent sign for the start of a format.
        text = each.metadata["help"].replace("%", "%%")
        if title := each.metadata.get("group"):
            group = parser.add_argument_group(title)
        actions[each.name] = group.add_argument(
            flag, dest=each.name, default=default, help=text, **_reading(types[each.name])
        )
        if each.default is True:
            group.add_argument(
                f"--no-{flag[2:]}", dest=each.name, action="store_false", default=argparse.SUPPRESS, help=f"not {flag}"
            )
    for name, text in words.flags.items():
        parser.add_argument(f"--{name}", action="store_true", default=argparse.SUPPRESS, help=text)
    return actions


def _reading(kind: Any) -> dict[str, Any]:
    """How argparse reads a value of a type."""
    if get_origin(kind) is tuple:
        return {"action": _Append, "metavar": "TEXT"}
    value = (get_args(kind) or (kind,))[0]
    if value is bool:
        return {"type": _yes_or_no, "nargs": "?", "const": True, "metavar": "BOOL"}
    return {"type": value, "metavar": {int: "N", float: "X"}.get(value, "TEXT")}


class _Append(argparse.Action):
    """Collects an option's values, instead of the default ones."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        earlier = getattr(namespace, self.dest)
        setattr(namespace, self.dest, (*(earlier if earlier is not self.default else ()), values))


def _with_dashes(word: str) -> str:
    name, sign, value = word.partition("=")
    return name.replace("_", "-") + sign + value if word.startswith("--") else word


def _yes_or_no(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() in YES


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Adds the default to each option's help, except None: there the help text itself says what happens by default."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default is None else super()._get_help_string(action)

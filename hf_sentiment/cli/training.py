"""`hf-sentiment train` and `search`: their options are the fields of a dataclass."""

import argparse
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from hf_sentiment.training.arguments import TrainArguments

    Options = TypeVar("Options", bound=TrainArguments)


def run_train(argv: list[str]) -> int:
    """`hf-sentiment train`."""
    from hf_sentiment.training import TrainArguments, train

    train(_read_options(argv, TrainArguments, "hf-sentiment train", train.__doc__))
    return 0


def run_search(argv: list[str]) -> int:
    """`hf-sentiment search`."""
    from hf_sentiment.training.search.arguments import SearchArguments
    from hf_sentiment.training.search.search import search

    search(_read_options(argv, SearchArguments, "hf-sentiment search", search.__doc__))
    return 0


def _read_options(argv: list[str], kind: "type[Options]", prog: str, text: str | None) -> "Options":
    """Options from flags, or all of them from one YAML or JSON file."""
    from transformers.hf_argparser import DataClassType, HfArgumentParser

    if len(argv) == 1 and argv[0].endswith((".yaml", ".yml", ".json")):
        return kind.from_file(argv[0])
    description = (text or "").partition("\n")[0]
    parser = HfArgumentParser(DataClassType(kind), prog=prog, description=description, formatter_class=_HelpFormatter)
    return kind(**vars(parser.parse_args(argv)))


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Adds the default to each option's help, except None: there the help text itself says what happens by default."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default is None else super()._get_help_string(action)

"""`hf-sentiment train` and `search`: their options are the fields of a dataclass."""

from typing import TYPE_CHECKING, TypeVar

from hf_sentiment.cli.dataclass_options import parse_options

if TYPE_CHECKING:
    from hf_sentiment.training.arguments import TrainArguments

    Options = TypeVar("Options", bound=TrainArguments)


TRAIN = "Train an adapter, evaluate it before and after, and write its folder with its card."
SEARCH = "Try the settings of a space, write the best as a recipe, train it and test it once."


def run_train(argv: list[str]) -> int:
    """`hf-sentiment train`."""
    from hf_sentiment.training.arguments import TrainArguments
    from hf_sentiment.training.check_run import check_run

    arguments = _read_options(argv, TrainArguments, "hf-sentiment train", TRAIN)
    check_run(arguments.resolved())
    from hf_sentiment.training import train

    train(arguments)
    return 0


def run_search(argv: list[str]) -> int:
    """`hf-sentiment search`."""
    from hf_sentiment.training.search.arguments import SearchArguments
    from hf_sentiment.training.search.check_search import check_search

    arguments = _read_options(argv, SearchArguments, "hf-sentiment search", SEARCH)
    check_search(arguments)
    from hf_sentiment.training.search.search import search

    search(arguments)
    return 0


def _read_options(argv: list[str], kind: "type[Options]", prog: str, description: str) -> "Options":
    """Options from flags, or all of them from one YAML or JSON file."""
    if len(argv) == 1 and argv[0].endswith((".yaml", ".yml", ".json")):
        return kind.from_file(argv[0])
    return kind(**parse_options(kind, argv, prog, description))

"""`hf-sentiment train` and `search`: their options are the fields of a dataclass."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hf_sentiment.cli.dataclass_options import Words, parse_options

if TYPE_CHECKING:
    from hf_sentiment.training.arguments import TrainArguments

    Options = TypeVar("Options", bound=TrainArguments)


TRAIN = Words(
    "hf-sentiment train",
    "Train an adapter, evaluate it before and after, and write its folder with its card.\n"
    "All options can also be in one file: hf-sentiment train OPTIONS.yaml",
    "--dataset FILE --output-dir FOLDER ",
    (
        "hf-sentiment train --dataset reviews.csv --output-dir my-adapter",
        "hf-sentiment train --recipe five-stars --dataset reviews.csv --label-column rating --output-dir my-stars",
        'hf-sentiment train --dataset reviews.csv --label-map "1=Negative,2=Negative,3=,4=Positive,5=Positive" '
        "--output-dir my-adapter",
        "hf-sentiment train --recipe minilm --show",
    ),
    {"show": "print all options after the recipe is applied, as a file that train takes, and train nothing"},
)
SEARCH = Words(
    "hf-sentiment search",
    "Try the settings of a space, write the best as a recipe, train it and test it once.",
    "--dataset FILE --output-dir FOLDER ",
    ("hf-sentiment search --space optuna --trials 20 --recipe minilm --dataset reviews.csv --output-dir my-search",),
)


def run_train(argv: list[str]) -> int:
    """`hf-sentiment train`."""
    from hf_sentiment.training.arguments import TrainArguments
    from hf_sentiment.training.check_run import check_run

    arguments, show = _read_options(argv, TrainArguments, TRAIN)
    if show:
        print(_as_yaml(arguments))
        return 0
    check_run(arguments.resolved())
    from hf_sentiment.training import train

    result = train(arguments)
    if result.report is not None:
        print("\n".join(["", "Next:", *_next_commands(result.output_dir, published=bool(arguments.push_to_hub))]))
    return 0


def run_search(argv: list[str]) -> int:
    """`hf-sentiment search`."""
    from hf_sentiment.training.search.arguments import SearchArguments
    from hf_sentiment.training.search.check_search import check_search

    arguments, _ = _read_options(argv, SearchArguments, SEARCH)
    check_search(arguments)
    from hf_sentiment.training.search.search import search

    search(arguments)
    return 0


def _next_commands(folder: Path, *, published: bool) -> list[str]:
    """What to do with a new adapter."""
    name = shlex.quote(str(folder))
    commands = [
        f'  hf-sentiment predict --adapter {name} "Great value, and it works."',
        f"  hf-sentiment predict --adapter {name} --input reviews.csv --output labelled.csv",
    ]
    return commands if published else [*commands, f"  hf-sentiment publish {name} USER/NAME"]


def _as_yaml(arguments: "TrainArguments") -> str:
    """The options after the recipe is applied, as a file that `train` takes."""
    import yaml

    from hf_sentiment.training.arguments import SHAPE

    values = arguments.with_recipe()
    # They come with the adapter that training starts from.
    left_out = SHAPE if values["init_adapter"] else ()
    shown = {name: value for name, value in values.items() if value is not None and name not in left_out}
    return yaml.safe_dump(shown, sort_keys=False).strip()


def _read_options(argv: list[str], kind: "type[Options]", words: Words) -> "tuple[Options, bool]":
    """Options from flags, or all of them from one YAML or JSON file, and whether only to show them."""
    if len(argv) == 1 and argv[0].endswith((".yaml", ".yml", ".json")):
        return kind.from_file(argv[0]), False
    values = parse_options(kind, argv, words)
    show = values.pop("show", False)
    return kind(**values), show

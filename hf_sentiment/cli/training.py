"""`hf-sentiment train` and `search`: their options are those of a dataclass."""


def run_train(argv: list[str]) -> int:
    """`hf-sentiment train`."""
    from hf_sentiment.training import TrainArguments, train

    train(_options(argv, TrainArguments, "hf-sentiment train", train.__doc__))
    return 0


def run_search(argv: list[str]) -> int:
    """`hf-sentiment search`."""
    from hf_sentiment.training.search.search import SearchArguments, search

    search(_options(argv, SearchArguments, "hf-sentiment search", search.__doc__))
    return 0


def _options(argv: list[str], kind: type, prog: str, text: str):
    """Options from flags, or all of them from one YAML or JSON file."""
    from transformers import HfArgumentParser

    if len(argv) == 1 and argv[0].endswith((".yaml", ".yml", ".json")):
        return kind.from_file(argv[0])
    parser = HfArgumentParser(kind, prog=prog, description=text.splitlines()[0])
    return kind(**vars(parser.parse_args(argv)))

"""Check a search before anything heavy is imported."""

from hf_sentiment.errors import SentimentError, require
from hf_sentiment.training.check_run import check_options
from hf_sentiment.training.search.arguments import SearchArguments
from hf_sentiment.training.search.manifest import check_manifest
from hf_sentiment.training.search.space import load_space


def check_search(arguments: SearchArguments) -> None:
    """Check what needs neither torch nor the network.

    Raises:
        SentimentError: an option is wrong, see `check_options` and `load_space`, or the folder holds something else.
    """
    require("optuna", "search", "hf-sentiment search")
    space = load_space(arguments.space)
    arguments = arguments.with_fixed(space)
    resolved = arguments.resolved()
    if resolved.data.streaming:
        raise SentimentError("A search needs all reviews in memory: give --streaming false and a --train-size.")
    arguments.number_of_trials(space)
    if arguments.storage is not None:
        _check_storage(arguments.storage, arguments.heartbeat)
    check_options(resolved)
    check_manifest(resolved.run.folder, arguments, space)


def _check_storage(url: str, heartbeat: int) -> None:
    # Optuna brings SQLAlchemy, which is imported only where it is needed.
    from hf_sentiment.training.search.storage_url import engine_url

    engine_url(url)
    if heartbeat < 1:
        raise SentimentError(f"--heartbeat is {heartbeat}: give 1 second or more.")

"""The command `hf-sentiment`: parses, calls, prints. Heavy imports wait until a command needs them."""

import argparse
import os
import sys
import warnings
from functools import partial

from hf_sentiment.cli import measuring, predicting, publishing, showing, training
from hf_sentiment.errors import SentimentError
from hf_sentiment.version import __version__

USER_ERROR, INTERRUPTED = 2, 130
QUIET = {
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit status: 0, 2 for an error that the user can fix, 130 on Ctrl-C.
    """
    argv = sys.argv[1:] if argv is None else argv
    debug = "--debug" in argv
    argv = [word for word in argv if word != "--debug"]
    try:
        if argv[:1] in (["train"], ["search"]):
            command = partial(training.run_train if argv[0] == "train" else training.run_search, argv[1:])
        else:
            # Parse before anything heavy is imported, so that `--help` and typos are answered at once.
            parsed = _parser().parse_args(argv)
            command = partial(parsed.run, parsed)
        if not debug:
            quiet()
        return command()
    except SentimentError as error:
        if debug:
            raise
        print(f"hf-sentiment: {' '.join(str(error).split())}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("hf-sentiment: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has closed it (`| head`); without this, Python would raise again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def quiet() -> None:
    """Hide libraries' warnings and progress bars, which are for `--debug`; errors are still shown."""
    warnings.simplefilter("ignore", FutureWarning)
    # The libraries read these when they are imported; one that is imported already is told by a call.
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if transformers := sys.modules.get("transformers"):
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
    if hub := sys.modules.get("huggingface_hub"):
        hub.logging.set_verbosity_error()
    if datasets := sys.modules.get("datasets"):
        datasets.disable_progress_bars()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hf-sentiment", description="Train, evaluate, publish and use LoRA sentiment adapters."
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--debug", action="store_true", help="show tracebacks and libraries' warnings")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    commands.add_parser("train", help="train an adapter (hf-sentiment train --help)", add_help=False)
    commands.add_parser("search", help="search for the best options (hf-sentiment search --help)", add_help=False)
    for family in (measuring, predicting, publishing, showing):
        family.add_commands(commands)
    return parser

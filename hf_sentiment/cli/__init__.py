"""The command `hf-sentiment`: parses, calls, prints. Heavy imports wait until a command needs them."""

import argparse
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from functools import partial

from hf_sentiment.cli import (
    completion,
    jobs,
    labelling,
    measuring,
    predicting,
    publishing,
    recipes,
    serving,
    showing,
    training,
)
from hf_sentiment.cli.output import Commands
from hf_sentiment.cli.parser import Parser, did_you_mean
from hf_sentiment.cli.streams import finish, prepare_streams, say
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.files.system_errors import system_sentence
from hf_sentiment.version import __version__

UNEXPECTED, USER_ERROR, INTERRUPTED = 1, 2, 130
EXIT_STATUS = """\
exit status:
  0    done; also when the reader of the output has closed it (| head)
  1    an error that is a fault of hf-sentiment; --debug shows where
  2    an error that you can fix, and that the message explains: an option, a file, the disk
  3    predict over many files: some of them could not be scored, and the others are done
  130  interrupted by Ctrl-C
"""
# Their options are the fields of a dataclass.
WITH_MANY_OPTIONS = {
    "train": training.run_train,
    "search": training.run_search,
    "serve": serving.run_serve,
    "jobs": jobs.run_jobs,
}
QUIET = {
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit status, see EXIT_STATUS.
    """
    output = prepare_streams()
    words, debug = _without_debug(sys.argv[1:] if argv is None else argv)
    try:
        try:
            return _command(words, debug)()
        finally:
            # Here, where an error can still be reported; argparse's help passes here too.
            finish(output)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - no exception leaves the command
        if debug:
            traceback.print_exception(error)
        return _report(error, output.failure if output else None)


def _without_debug(words: list[str]) -> tuple[list[str], bool]:
    # What follows "--" is text.
    end = words.index("--") if "--" in words else len(words)
    options = [word for word in words[:end] if word != "--debug"]
    return options + words[end:], len(options) < end


def _command(words: list[str], debug: bool) -> Callable[[], int]:
    if completion.is_asked():
        completion.complete(*_parser())
    if words and words[0] in WITH_MANY_OPTIONS:
        command = partial(WITH_MANY_OPTIONS[words[0]], words[1:])
    else:
        # Parse before anything heavy is imported, so that `--help` and typos are answered at once.
        parser, commands = _parser()
        if words and not words[0].startswith("-") and words[0] not in commands.choices:
            guess = did_you_mean(words[0], commands.choices)
            raise SentimentError(f"There is no command {words[0]!r}{guess}; hf-sentiment --help lists them.")
        parsed = parser.parse_args(words)
        command = partial(parsed.run, parsed)
    if not debug:
        quiet()
    return command


def _report(error: Exception | KeyboardInterrupt, failed_output: OSError | None) -> int:
    """Say what ended the command, in one line, and return its exit status."""
    if isinstance(error, KeyboardInterrupt):
        say("interrupted.")
        return INTERRUPTED
    if failed_output is not None:
        if isinstance(failed_output, BrokenPipeError):
            # The reader has what it wanted: `| head`.
            return 0
        say(f"The output cannot be written ({failed_output.strerror}): free some space, or write it to another disk.")
        return USER_ERROR
    sentence = str(error) if isinstance(error, SentimentError) else system_sentence(error)
    if sentence is not None:
        say(sentence)
        return USER_ERROR
    say(
        f"Unexpected error, {type(error).__name__}: {first_line(error)} - this is a fault of hf-sentiment. Please "
        "report it with your command and what it prints with --debug."
    )
    return UNEXPECTED


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


def _parser() -> tuple[Parser, Commands]:
    parser = Parser(
        prog="hf-sentiment",
        description="Train, evaluate, publish and use LoRA sentiment adapters.",
        epilog=EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--debug", action="store_true", help="show tracebacks and libraries' warnings")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    commands.add_parser("train", help="train an adapter (hf-sentiment train --help)", add_help=False)
    commands.add_parser("search", help="search for the best options (hf-sentiment search --help)", add_help=False)
    commands.add_parser("jobs", help="train on Hugging Face Jobs (hf-sentiment jobs train --help)", add_help=False)
    commands.add_parser("serve", help="serve adapters over HTTP (hf-sentiment serve --help)", add_help=False)
    for family in (recipes, measuring, predicting, labelling, publishing, showing, completion):
        family.add_commands(commands)
    return parser, commands

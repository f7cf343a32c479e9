"""`hf-sentiment completion`, and the completion of commands in a shell."""

import argparse
import os

from hf_sentiment.cli.dataclass_options import add_options
from hf_sentiment.cli.output import Commands

SHELLS = ("bash", "zsh", "fish")
# What argcomplete's function in a shell sets.
ASKED = "_ARGCOMPLETE"
HELP = """\
print what makes a shell complete commands, options and their values:
  bash  source <(hf-sentiment completion bash), also as a line of ~/.bashrc
  zsh   source <(hf-sentiment completion zsh), also as a line of ~/.zshrc
  fish  hf-sentiment completion fish > ~/.config/fish/completions/hf-sentiment.fish"""


def add_commands(commands: Commands) -> None:
    """Add the command to the parser's subparsers."""
    completion = commands.add_parser(
        "completion",
        help="print what makes a shell complete commands and options",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    completion.add_argument("shell", choices=SHELLS)
    completion.set_defaults(run=_completion)


def _completion(parsed: argparse.Namespace) -> int:
    from argcomplete.shell_integration import shellcode

    print(shellcode(["hf-sentiment"], shell=parsed.shell))
    return 0


def is_asked() -> bool:
    """Whether a shell wants to know how a command may go on."""
    return ASKED in os.environ


def complete(parser: argparse.ArgumentParser, commands: Commands) -> None:
    """Answer the shell, and exit.

    Args:
        parser: the parser of `hf-sentiment`.
        commands: its subparsers; those whose options are fields of a dataclass get them here.
    """
    import argcomplete
    from argcomplete.completers import ChoicesCompleter

    from hf_sentiment.cli.jobs import TRAIN as TRAIN_JOB
    from hf_sentiment.cli.serving import SERVE
    from hf_sentiment.cli.training import SEARCH, TRAIN
    from hf_sentiment.serving.settings import ServeSettings
    from hf_sentiment.training.arguments import TrainArguments
    from hf_sentiment.training.job_arguments import JobArguments
    from hf_sentiment.training.recipe_files import recipe_names
    from hf_sentiment.training.search.arguments import SearchArguments

    job = commands.choices["jobs"].add_subparsers().add_parser("train")
    for command, kind, words in (
        (commands.choices["train"], TrainArguments, TRAIN),
        (commands.choices["search"], SearchArguments, SEARCH),
        (commands.choices["serve"], ServeSettings, SERVE),
        (job, JobArguments, TRAIN_JOB),
    ):
        options = add_options(command, kind, words)
        if "recipe" in options:
            # As argcomplete documents it.
            options["recipe"].completer = ChoicesCompleter(dict.fromkeys(recipe_names(), ""))  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, exclude=["--debug"])

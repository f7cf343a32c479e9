"""The error class for problems that the user can fix."""

import importlib.util

from hf_sentiment.install import pip_install

# Characters of another error's message that fit into a sentence of ours.
LONGEST_QUOTE = 200


class SentimentError(Exception):
    """A problem that the user can fix; the message is one sentence that names the problem and the fix.

    It derives directly from Exception on purpose: `transformers.pipeline` swallows ValueError, OSError, TypeError and
    RuntimeError while it tries one model class after another, and would bury the message in a traceback.
    """


def first_line(error: Exception | str) -> str:
    """The first line of an error's message, truncated after a word to fit into another message."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    if len(line) <= LONGEST_QUOTE:
        return line
    return f"{line[: LONGEST_QUOTE - 4].rsplit(' ', 1)[0]} ..."


def require(package: str, extra: str, what: str) -> None:
    """Raise a SentimentError that says which extra to install if a package is missing."""
    try:
        found = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        # The package that a dotted name is in.
        found = None
    if found is None:
        raise SentimentError(f"{what} needs the package {package}: {pip_install(extra)}.")

"""The one error class for what a user can mend."""

import importlib.util


class SentimentError(Exception):
    """Something the user can mend, in one sentence that names the thing and the cure.

    It derives from Exception alone on purpose: `transformers.pipeline` swallows ValueError, OSError, TypeError and
    RuntimeError while it tries one model class after the other, and would bury the sentence in a traceback.
    """


def first_line(error: Exception) -> str:
    """The first line of an error's message, cut to a length that fits into a sentence of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def require(package: str, extra: str, what: str) -> None:
    """Raise a SentimentError that says which extra to install, where a package is missing."""
    if importlib.util.find_spec(package) is None:
        raise SentimentError(f'{what} needs the package {package}: pip install "hf-sentiment[{extra}]".')

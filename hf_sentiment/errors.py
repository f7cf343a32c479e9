"""The one error class for what a user can mend."""


class SentimentError(Exception):
    """Something the user can mend, in one sentence that names the thing and the cure.

    It derives from Exception alone on purpose: `transformers.pipeline` swallows ValueError, OSError, TypeError and
    RuntimeError while it tries one model class after the other, and would bury the sentence in a traceback.
    """


def first_line(error: Exception) -> str:
    """The first line of an error's message, cut to a length that fits into a sentence of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]

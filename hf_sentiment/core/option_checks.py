"""Checks of options, for every call that takes them."""

import difflib
import operator
from collections.abc import Iterable

from hf_sentiment.errors import SentimentError


def refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse an option that does not exist.

    Raises:
        SentimentError: names the option and the closest known one.
    """
    known = list(known)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the options are {', '.join(known)}."
            raise SentimentError(f"There is no option {name!r}; {hint}")


def check_positive(name: str, number: object) -> None:
    """Refuse anything but a positive whole number, of Python or of numpy, or None.

    Raises:
        SentimentError: names the option.
    """
    try:
        valid = number is None or (not isinstance(number, bool) and operator.index(number) >= 1)  # type: ignore[arg-type]
    except TypeError:
        valid = False
    if not valid:
        raise SentimentError(f"{name} is {number!r}: give a positive whole number.")

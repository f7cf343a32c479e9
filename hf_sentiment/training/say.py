"""How a run reports its progress to a person who watches it."""

from collections.abc import Callable

# Called with one line of text.
Say = Callable[[str], object]


def say_nothing(line: str) -> None:
    """Report no progress: for processes other than the main one, and for the epochs of a search's trials."""

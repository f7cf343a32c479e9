"""argparse with mistakes in one line, and a suggestion."""

import argparse
import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from hf_sentiment.errors import SentimentError


class Parser(argparse.ArgumentParser):
    """Raises a SentimentError for a mistake, which names the option that was probably meant."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """See argparse; nothing is left unknown, so that the parser that knows a command's options finds mistakes."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self._refuse(unknown)
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        """Raise what argparse has found."""
        raise SentimentError(f"{message}; {self.prog} --help lists the options.")

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        known = re.findall(r"--[a-z0-9-]+", self.format_help())
        word = next((word for word in unknown if word.startswith("-")), unknown[0])
        self.error(f"unrecognized arguments: {' '.join(unknown)}{did_you_mean(word.partition('=')[0], known)}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question to put after the name of what is not known; empty if nothing known resembles it."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""

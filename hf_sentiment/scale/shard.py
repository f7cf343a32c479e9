"""Shard: the share of one of several drivers that work on one output folder."""

import re
from dataclasses import dataclass

from hf_sentiment.errors import SentimentError


@dataclass(frozen=True)
class Shard:
    """One of several drivers, such as the tasks of a Slurm array.

    Attributes:
        number: from 1.
        count: number of drivers.
    """

    number: int
    count: int

    def indices(self, units: int) -> range:
        """The positions of its units: consecutive ones, so that few files are read by two drivers."""
        return range(units * (self.number - 1) // self.count, units * self.number // self.count)

    @property
    def lock(self) -> str:
        """The name of its lock."""
        return f"shard-{self.number}-of-{self.count}"


def parse_shard(text: str) -> Shard:
    """Read "2/8".

    Raises:
        SentimentError: it is no such text.
    """
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise SentimentError(f"--shard {text} is no share of the work: give 1/8 to 8/8 to eight drivers.")
    return Shard(int(found[1]), int(found[2]))

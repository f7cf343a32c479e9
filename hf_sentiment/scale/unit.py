"""Unit: consecutive rows of one file, which one worker scores as a whole."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from hf_sentiment.scale.place import FileState

# Digits of a unit's position in the names of its files, so that their order is that of the units.
DIGITS = 8


class Unit(NamedTuple):
    """Consecutive rows of one file.

    Attributes:
        position: in the plan, from 0.
        file: the name of the file relative to the input folder.
        state: of the file when it was planned.
        start: number of rows of the file before the unit.
        rows: number of rows; None for all that follow, which nobody has counted.
    """

    position: int
    file: str
    state: FileState
    start: int
    rows: int | None

    @property
    def stop(self) -> int | None:
        """Number of rows of the file up to the end of the unit; None for all of them."""
        return None if self.rows is None else self.start + self.rows

    def name(self, settings: str) -> str:
        """The name of the unit's files, without a suffix: another unit, or another setting, has another name.

        Args:
            settings: the hash of all that decides the scores.
        """
        return f"{self.position:0{DIGITS}d}-{digest([self.file, *self.state, self.start, self.rows, settings])}"


def digest(content: list[Any] | Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits that depend on all of a JSON value."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

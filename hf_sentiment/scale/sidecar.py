"""Sidecar: the record of a finished unit, written last, by which a resumed run knows that nothing is left to do."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from hf_sentiment.scale.unit import Unit


@dataclass(frozen=True)
class Sidecar:
    """What became of a unit.

    Attributes:
        unit: the name of the unit.
        settings: the hash of the adapter and the settings.
        file: the file that was read.
        rows: number of rows that were read.
        scored: number of rows in the output.
        rejected: number of rows that could not be scored.
        output: the name of the file with the scored rows.
        output_bytes: its size.
        rejects_bytes: size of the file with the rejected rows; 0 if there is none.
    """

    unit: str
    settings: str
    file: str
    rows: int
    scored: int
    rejected: int
    output: str
    output_bytes: int
    rejects_bytes: int

    def to_bytes(self) -> bytes:
        """The sidecar as JSON."""
        return (json.dumps(asdict(self)) + "\n").encode()

    def fits(self, unit: Unit, settings: str) -> bool:
        """Whether it is the sidecar of this unit with these settings, and its sums are right."""
        return (
            (self.unit, self.settings, self.file) == (unit.name(settings), settings, unit.file)
            and self.rows == self.scored + self.rejected
            and (unit.rows is None or self.rows == unit.rows)
        )


TYPES = {field.name: field.type for field in fields(Sidecar)}


def read_sidecar(content: bytes | None) -> Sidecar | None:
    """The sidecar in a file; None if there is no file, or if it holds no sidecar."""
    try:
        found: Any = json.loads(content or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.keys() != TYPES.keys():
        return None
    right = all(isinstance(found[name], kind) for name, kind in TYPES.items() if isinstance(kind, type))
    return Sidecar(**found) if right else None

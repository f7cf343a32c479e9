"""HeldRows: the rows of a stream that one pass holds back for validation and test, chosen by a hash of their text."""

import heapq
from collections import Counter
from typing import Any

from hf_sentiment.reviews.fingerprints import text_digest

Row = dict[str, Any]
KEPT = ("title", "text", "names")


class HeldRows:
    """Counts the rows of a stream, and holds some of them back.

    Each part gets the rows with the lowest places within its share of all rows. A label that a part has no row of gets
    one, as long as it has another for training: otherwise, a rare label would be in no part.

    Args:
        wanted: part -> maximum number of rows held back for it.
        share: the share of all rows that each part may take.

    Attributes:
        rows: number of rows that are not held back.
        names: how many of these rows have each label name.
        multi: whether a row can have several labels.
        parts: part -> the rows held back for it, after `finish`.
        moved: the places of rows beyond the shares that are held back, after `finish`.
    """

    def __init__(self, wanted: dict[str, int], share: float) -> None:
        self.wanted, self.share = wanted, share
        self.rows, self.multi = 0, False
        self.names: Counter[str] = Counter()
        self.parts: dict[str, list[Row]] = {}
        self.moved: set[float] = set()
        self._number = 0
        self._heaps: dict[str, list[tuple[float, int, Row]]] = {part: [] for part in wanted}
        # Label name -> the places of some of its rows that are not held back: the row, and how often it is in training.
        self._spare: dict[str, dict[float, tuple[Row, int]]] = {}

    def add(self, row: Row) -> None:
        """Count a row, and hold it back if its place says so."""
        self.multi = self.multi or row["multi"]
        place = place_of(row["text"])
        part = int(place / self.share)
        if part >= len(self.wanted):
            self.rows += 1
            self.names.update(row["names"])
            self._keep_spare(place, row, in_training=True)
            return
        name = list(self.wanted)[part]
        heap = self._heaps[name]
        # The number settles ties, because rows cannot be compared.
        self._number += 1
        entry = (-place, -self._number, {key: row[key] for key in KEPT})
        if len(heap) < self.wanted[name]:
            heapq.heappush(heap, entry)
        else:
            place, _, dropped = heapq.heappushpop(heap, entry)
            self._keep_spare(-place, dropped, in_training=False)

    def finish(self) -> "HeldRows":
        """Complete the parts after the last row."""
        self.parts = {part: [row for *_, row in sorted(heap, reverse=True)] for part, heap in self._heaps.items()}
        for part, rows in self.parts.items():
            there = {name for row in rows for name in row["names"]}
            for name in self._spare.keys() - there:
                self._move(name, part)
        return self

    def _move(self, name: str, part: str) -> None:
        """Hold back one more row with a label; not the last one that is in training."""
        spare = self._spare[name]
        place = min(spare, default=None)
        if place is None or spare[place][1] >= self.names[name] > 0:
            return
        row, copies = spare.pop(place)
        self.rows -= copies
        for each in row["names"]:
            self.names[each] -= copies
        self.moved.add(place)
        rows = self.parts[part]
        if len(rows) >= self.wanted[part]:
            counts = Counter(each for other in rows for each in other["names"])
            # In place of the last row whose labels other rows have too.
            common = [index for index, other in enumerate(rows) if all(counts[each] > 1 for each in other["names"])]
            del rows[common[-1] if common else -1]
        rows.append({key: row[key] for key in KEPT})

    def _keep_spare(self, place: float, row: Row, in_training: bool) -> None:
        for name in row["names"]:
            spare = self._spare.setdefault(name, {})
            if place in spare:
                spare[place] = (spare[place][0], spare[place][1] + in_training)
            elif len(spare) < len(self.wanted):
                spare[place] = (row, int(in_training))
            elif place < (last := max(spare)):
                del spare[last]
                spare[place] = (row, int(in_training))


def place_of(text: str) -> float:
    """A number in [0, 1) that depends on the text alone."""
    return int.from_bytes(text_digest(text), "big") / 2**48

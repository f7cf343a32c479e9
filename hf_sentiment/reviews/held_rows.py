"""HeldRows: the rows of a stream that one pass holds back for validation and test, chosen by a hash of their text."""

import heapq
from collections import Counter
from collections.abc import Iterable
from typing import Any

from hf_sentiment.reviews.fingerprints import text_digest

Row = dict[str, Any]
KEPT = ("title", "text", "names")
# Spare rows of each label: one for each part, and more, because a row that another label took is gone.
SPARE_ROWS = 10


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
        moved: the places of texts that are held back for the sake of a label, after `finish`. A text may be in several
            rows with other labels, which only `recount` takes from the numbers.
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
        left = self.names.copy()
        for part, rows in self.parts.items():
            for name in sorted(self._spare):
                if not any(name in row["names"] for row in rows):
                    self._move(name, part, left)
        return self

    def recount(self, rows: Iterable[Row]) -> None:
        """Take the rows whose text was moved from the numbers; `rows` are those that were added."""
        for row in rows:
            place = place_of(row["text"])
            if place in self.moved and int(place / self.share) >= len(self.wanted):
                self.rows -= 1
                self.names.subtract(row["names"])

    def _move(self, name: str, part: str, left: Counter[str]) -> None:
        """Hold back one more row with a label, but not the last one of those that are `left` for training."""
        spare = self._spare[name]
        place = min(spare, default=None)
        if place is None or spare[place][1] >= left[name] > 0:
            return
        row, copies = spare[place]
        for each in row["names"]:
            left[each] -= copies
        # The row may be a spare one of other labels too, and its text of other rows.
        for others in self._spare.values():
            others.pop(place, None)
        self.moved.add(place)
        rows = self.parts[part]
        if len(rows) >= self.wanted[part]:
            counts = Counter(each for other in rows for each in other["names"])
            # In place of the last row whose labels other rows have too.
            common = [index for index, other in enumerate(rows) if all(counts[each] > 1 for each in other["names"])]
            del rows[common[-1] if common else -1]
        rows.append({key: row[key] for key in KEPT})

    def _keep_spare(self, place: float, row: Row, in_training: bool) -> None:
        if not self.wanted:
            return
        for name in row["names"]:
            spare = self._spare.setdefault(name, {})
            if place in spare:
                spare[place] = (spare[place][0], spare[place][1] + in_training)
            elif len(spare) < SPARE_ROWS:
                spare[place] = (row, int(in_training))
            elif place < (last := max(spare)):
                del spare[last]
                spare[place] = (row, int(in_training))


def place_of(text: str) -> float:
    """A number in [0, 1) that depends on the text alone."""
    return int.from_bytes(text_digest(text), "big") / 2**48

"""The comparison of two adapters as numbers, lines and files."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.files.whole_file import whole_file
from hf_sentiment.metrics.paired import PairedDifference
from hf_sentiment.reports.names import percent, percent_range
from hf_sentiment.reports.report import check_own_files

COMPARISON, LINES = "comparison.json", "comparison.txt"


@dataclass(frozen=True, kw_only=True)
class Comparison(PairedDifference):
    """The numbers of two adapters on the same rows; the second's accuracy is compared with the first's.

    Attributes:
        rows: number of reviews.
        dataset, split: where they come from.
        adapters: the first and the second.
        accuracy: of each.
        accuracy_interval: 95 % Wilson interval of each.
        notes: what a reader of the numbers should know about the rows.
        slices: the same comparison by kind of row, see `compare_slices`.
    """

    rows: int
    dataset: str
    split: str
    adapters: list[str]
    accuracy: list[float]
    accuracy_interval: list[list[float]]
    notes: list[str] = field(default_factory=list)
    slices: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The document that `hf-sentiment compare --json` prints."""
        return asdict(self)

    def table(self) -> str:
        """The comparison as lines for a terminal."""
        lines = [f"{self.rows} {self.split} reviews of {self.dataset}"]
        width = max(len(name) for name in self.adapters)
        for name, value, bounds in zip(self.adapters, self.accuracy, self.accuracy_interval, strict=True):
            interval = f"95 % interval {percent_range(bounds)}"
            lines.append(f"  {name:{width}}  accuracy {percent(value):>7}   {interval}")
        low, high = (100 * bound for bound in self.interval)
        lines += [
            f"  second minus first: {100 * self.difference:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}",
            f"  correct: both {self.both_right}, first only {self.only_first}, second only {self.only_second}, "
            f"neither {self.both_wrong}",
            f"  McNemar's exact test: p = {self.p_value:.3g}, "
            + ("statistically significant" if self.differs else "not statistically significant"),
        ]
        shown = [each for each in self.slices if each["differs"] or "column" in each]
        width = max((len(each["name"]) for each in shown), default=0)
        for each in shown:
            first, second = (percent(value) for value in each["accuracy"])
            lines.append(
                f"    {each['name']:{width}}  {each['rows']:>6,} reviews  {first:>7} and {second:>7}  "
                f"{100 * each['difference']:+5.1f} points, p = {each['p_value']:.3g}{' *' if each['differs'] else ''}"
            )
        if self.slices:
            lines.append(
                f"  * significant among {len(self.slices)} kinds of reviews, with Holm's correction"
                if any(each["differs"] for each in self.slices)
                else f"  in none of {len(self.slices)} kinds of reviews is there a significant difference"
            )
        return "\n".join(lines + [f"  {note}" for note in self.notes])

    def save(self, folder: str | Path) -> None:
        """Write comparison.json and comparison.txt, the lines for a terminal, into `folder`, created if missing.

        Raises:
            SentimentError: see `check_comparison_folder`; or it cannot be written, or the disk is full.
        """
        folder = Path(folder)
        check_comparison_folder(folder)
        with system_errors_explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            document = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
            for name, text in ((COMPARISON, document), (LINES, self.table())):
                with whole_file(folder / name) as file:
                    file.write((text + "\n").encode())


def check_comparison_folder(folder: str | Path) -> None:
    """Check that a comparison replaces no files but those of an earlier one.

    Raises:
        SentimentError: there are other files with its names, or the folder is a file.
    """
    check_own_files(Path(folder), (COMPARISON, LINES), Comparison, "comparison")

"""What `auto` chose, kept beside the checkpoints: a resumed run goes on with it, and compares nothing again."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from hf_sentiment.files.whole_file import whole_file
from hf_sentiment.reports.names import percent, percent_range
from hf_sentiment.training.output_folder import CHECKPOINTS
from hf_sentiment.training.setup import OutOfFold

FILE_NAME = "choice.npz"


@dataclass(frozen=True)
class Tried:
    """One line of the table.

    Attributes:
        recipe: name of a recipe, or of a baseline.
        what: what it does.
        accuracy: cross-validated, with its 95 % interval.
        interval: see `accuracy`.
    """

    recipe: str
    what: str
    accuracy: float
    interval: list[float]

    def line(self) -> str:
        """The line as the terminal shows it."""
        return f"  {self.what:<40} {percent(self.accuracy):>7} ({percent_range(self.interval)})"


@dataclass(frozen=True)
class Choice:
    """The recipe that was chosen.

    Attributes:
        recipe: its name.
        table: all that was tried.
        out_of_fold: the rows it was compared on, as its models scored them.
    """

    recipe: str
    table: list[Tried]
    out_of_fold: OutOfFold

    def save(self, folder: Path) -> None:
        """Write it into the output folder of a run."""
        said = json.dumps({"recipe": self.recipe, "table": [asdict(each) for each in self.table]})
        with whole_file(folder / CHECKPOINTS / FILE_NAME) as file:
            np.savez(file, said=np.array(said), **self.out_of_fold._asdict())

    @classmethod
    def load(cls, folder: Path) -> "Choice | None":
        """Read it from the output folder of a run; None if there is none that can be read."""
        try:
            with np.load(folder / CHECKPOINTS / FILE_NAME) as file:
                said = json.loads(str(file["said"]))
                out_of_fold = OutOfFold(file["logits"], file["truth"])
        except (OSError, ValueError, KeyError, BadZipFile):
            return None
        return cls(said["recipe"], [Tried(**each) for each in said["table"]], out_of_fold)

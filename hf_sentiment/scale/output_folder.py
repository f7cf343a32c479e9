"""The output folder of a run over many files: its plan, the parts, their sidecars, and _SUCCESS at the end.

Readers such as pyarrow, Spark and `datasets` leave out names that begin with "_", so the parts alone are read.
"""

import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.owned_folder import OWNER, make_owned_folder
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.scale.place import FileState, Place
from hf_sentiment.scale.plan import Plan
from hf_sentiment.scale.sidecar import Sidecar, read_sidecar
from hf_sentiment.scale.unit import DIGITS, Unit

PURPOSE = "predict folder"
RUN, PLAN, SUCCESS = "_run.json", "_plan.parquet", "_SUCCESS"
UNITS, REJECTS = "_units", "_rejects"
# The locks of drivers, which the system releases however a driver ends.
LOCK = re.compile(r"_(driver|plan|shard-\d+-of-\d+)\.lock")
NAME = rf"\d{{{DIGITS}}}-[0-9a-f]{{16}}"
OURS = re.compile(
    rf"{NAME}\.(parquet|jsonl)|{UNITS}/{NAME}\.json|{REJECTS}/{NAME}\.jsonl|({UNITS}/|{REJECTS}/)?\.[0-9a-f]{{16}}\.tmp"
)
# Small files of an object store that are read at once.
READERS = 32
ELSEWHERE = "give another --output"


class OutputFolder:
    """The output folder of a run.

    It is ours by its marker alone, which appears with the folder. Any other folder that is not empty is refused and
    left as it is.

    Attributes:
        place: the folder.
    """

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def run(self) -> dict[str, Any] | None:
        """What the marker says of the run: its input, and its settings; None if there is no run."""
        try:
            content = json.loads(self.place.read(RUN) or b"")
        except (ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) and content.get(OWNER) == PURPOSE else None

    @contextmanager
    def locked(self, name: str, busy: str, timeout: float = 0) -> Iterator[None]:
        """Keep other drivers out; an object store has no locks, and there nothing is kept out.

        Args:
            name: of the lock.
            busy: the sentence for a lock that another driver holds.
            timeout: seconds to wait for it.
        """
        if self.place.local is None:
            yield
            return
        with system_errors_explained(self.place.local):
            lock = FileLock(self.place.local / f"_{name}.lock", timeout=timeout)
            try:
                lock.acquire()
            except Timeout:
                raise SentimentError(busy) from None
        with lock:
            yield

    def begin(self, run: dict[str, Any]) -> None:
        """Make the folder with its marker; an existing one must be empty.

        Raises:
            SentimentError: it holds files.
        """
        local = self.place.local
        if local is None:
            self.place.write(RUN, (json.dumps({OWNER: PURPOSE} | run, indent=2) + "\n").encode())
            return
        with system_errors_explained(local, "The folder is that of --output."):
            local.parent.mkdir(parents=True, exist_ok=True)
            try:
                make_owned_folder(local, RUN, PURPOSE, run)
            except OSError:
                # Another shard may have made it at the same time.
                if self.run is None:
                    raise
            for name in (UNITS, REJECTS):
                (local / name).mkdir(exist_ok=True)

    def require_ours(self) -> dict[str, FileState]:
        """Check that nobody else's files are in the way, and return all files of the folder.

        Raises:
            SentimentError: the folder is somebody else's, or holds a file that no run wrote.
        """
        files = self.place.files()
        if files and self.run is None:
            raise SentimentError(f"{self.place.name} is not empty, and holds no run of predict: {ELSEWHERE}.")
        for name in files:
            if name not in (RUN, PLAN, SUCCESS) and not OURS.fullmatch(name) and not LOCK.fullmatch(name):
                raise SentimentError(f"{self.place.shown(name)} is not part of a run: move it away, or {ELSEWHERE}.")
        return files

    def clear(self, files: dict[str, FileState]) -> None:
        """Remove the files of a run but its marker; what is left after a kill is an unfinished run."""
        order = {SUCCESS: 0, PLAN: 3}
        removed = [name for name in files if name != RUN and not LOCK.fullmatch(name)]
        for name in sorted(removed, key=lambda name: order.get(name, 1 if name.startswith(f"{UNITS}/") else 2)):
            self.place.remove(name)

    def remove_temporary(self, files: Iterable[str]) -> None:
        """Remove the files that killed workers had not completed."""
        for name in files:
            if name.endswith(".tmp") and OURS.fullmatch(name):
                self.place.remove(name)

    def write_plan(self, plan: Plan) -> None:
        """Write the plan."""
        self.place.write(PLAN, plan.to_bytes())

    def plan(self) -> Plan | None:
        """The plan; None if there is none yet."""
        content = self.place.read(PLAN)
        return None if content is None else Plan.from_bytes(content)

    def finished(
        self, plan: Plan, settings: str, files: dict[str, FileState], indices: range
    ) -> tuple[NDArray[np.bool_], dict[str, int]]:
        """The units that have a valid sidecar.

        Args:
            plan: of the run.
            settings: the hash of the adapter and the settings.
            files: all files of the folder.
            indices: positions of the units to look at.

        Returns:
            Whether each unit of the plan is finished, and the sums of their rows: rows, scored, rejected.
        """
        done = np.zeros(len(plan), bool)
        sums = dict.fromkeys(("rows", "scored", "rejected"), 0)

        def read(name: str) -> tuple[int, Sidecar | None]:
            return int(name[len(UNITS) + 1 :][:DIGITS]), read_sidecar(self.place.read(name))

        names = [name for name in files if name.startswith(f"{UNITS}/") and name.endswith(".json")]
        names = [name for name in names if int(name[len(UNITS) + 1 :][:DIGITS]) in indices]
        with ThreadPoolExecutor(READERS) as pool:
            found = map(read, names) if self.place.local is not None else pool.map(read, names)
            for index, sidecar in found:
                if sidecar is not None and self._is_whole(plan.unit(index), settings, sidecar, files):
                    done[index] = True
                    for key in sums:
                        sums[key] += getattr(sidecar, key)
        return done, sums

    def _is_whole(self, unit: Unit, settings: str, sidecar: Sidecar, files: dict[str, FileState]) -> bool:
        """Whether the sidecar is that of the unit, and its files are there with all their bytes."""
        sizes = {name: files[name].size for name in (sidecar.output, rejects_name(sidecar.unit)) if name in files}
        return (
            sidecar.fits(unit, settings)
            and sizes.get(sidecar.output) == sidecar.output_bytes
            # A kill may leave rejects of rows that were then scored.
            and (not sidecar.rejects_bytes or sizes.get(rejects_name(sidecar.unit)) == sidecar.rejects_bytes)
        )


def rejects_name(unit: str) -> str:
    """The name of the file with the rejected rows of a unit."""
    return f"{REJECTS}/{unit}.jsonl"


def sidecar_name(unit: str) -> str:
    """The name of a unit's sidecar."""
    return f"{UNITS}/{unit}.json"

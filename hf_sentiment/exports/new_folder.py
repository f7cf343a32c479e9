"""Create a folder whole, or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.full_disk import explaining_full_disk
from hf_sentiment.files.system_errors import system_errors_explained

CURE = "The folder is that of --output-dir."


@contextmanager
def new_folder(output_dir: str | Path) -> Iterator[Path]:
    """A folder to fill, renamed to `output_dir` at the end; after an error nothing is left of it.

    Raises:
        SentimentError: `output_dir` is not empty, or cannot be written to.
    """
    target = Path(output_dir).expanduser()
    with system_errors_explained(target, CURE):
        if target.exists() and any(target.iterdir()):
            raise SentimentError(f"{target} is not empty: give another --output-dir.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as aside:
            folder = Path(aside) / "export"
            folder.mkdir()
            with explaining_full_disk(folder, CURE):
                yield folder
            if target.exists():
                target.rmdir()
            folder.rename(target)

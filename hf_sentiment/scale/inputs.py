"""Find the input files of a run: all that are read in a folder, those of a pattern, or one."""

import os
import re
from pathlib import Path, PurePosixPath

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import unpacked
from hf_sentiment.reviews.row_files.formats import READABLE
from hf_sentiment.scale.place import FileState, Place, is_remote

WILDCARD = re.compile(r"[*?\[]")


def split_source(source: str) -> tuple[Place, str]:
    """The folder to search, and the pattern or the name of a file below it; empty for all files of the folder.

    Args:
        source: a folder, a file, or a pattern such as "reviews/**/*.parquet", on this machine or as a URI.
    """
    if not is_remote(source):
        source = os.path.expanduser(source)
        if os.path.isdir(source):
            return Place(source), ""
    parts = source.split("/")
    first = next((index for index, part in enumerate(parts) if WILDCARD.search(part)), None)
    if first is not None and not (not is_remote(source) and os.path.exists(source)):
        return Place("/".join(parts[:first]) or ("/" if source.startswith("/") else ".")), "/".join(parts[first:])
    if is_remote(source) and not _has_suffix(source):
        return Place(source), ""
    parent, _, name = source.rpartition("/")
    return Place(parent or ("/" if source.startswith("/") else ".")), name


def find_inputs(source: str, output: Place) -> tuple[Place, dict[str, FileState]]:
    """The input files of a run, in the order of their names; hidden ones are left out.

    Args:
        source: as in `split_source`.
        output: the folder of the run, which must not be a part of the input.

    Returns:
        The folder, and the state of each file by its name relative to the folder.

    Raises:
        SentimentError: there are none, or the output is in the folder.
    """
    place, pattern = split_source(source)
    if pattern and not WILDCARD.search(pattern):
        state = place.state(pattern)
        if state is not None:
            return place, {pattern: state}
        # Spark writes folders with the suffix of a file.
        place, pattern = Place(source), ""
    found = place.files()
    if not found:
        raise SentimentError(f"There is no file or folder {source}; check the path.")
    if not pattern and (place.root == output.root or output.root.startswith(f"{place.root}/")):
        raise SentimentError(f"The output {output.name} is in the input folder {source}: give another --output.")
    if pattern:
        from fsspec.utils import glob_translate

        chosen = re.compile(glob_translate(pattern))
        found = {name: state for name, state in found.items() if chosen.match(name)}
    files = {name: found.pop(name) for name in sorted(found) if _is_read(name)}
    if not files:
        raise SentimentError(f"{source} has no file to read: none of {', '.join(READABLE)}.")
    return place, files


def _is_read(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    return not hidden and _has_suffix(name)


def _has_suffix(name: str) -> bool:
    return unpacked(Path(name)).suffix.lower() in READABLE

"""What a run over many files has written."""

from pathlib import Path

from review_files import read


def part_names(folder):
    """The names of the parts, in order."""
    return sorted(path.name for path in Path(folder).iterdir() if not path.name.startswith(("_", ".")))


def rows_of(folder):
    """All rows of a run over a folder, in the order of its parts."""
    return [row for name in part_names(folder) for row in read(Path(folder) / name)]


def content(folder):
    """The bytes of all files of a run but its locks."""
    files = [path for path in Path(folder).rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}

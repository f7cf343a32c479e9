"""The files of a folder, by the split that their names say."""

import re
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import unpacked
from hf_sentiment.reviews.row_files.formats import READABLE
from hf_sentiment.reviews.row_files.unread import unread_note
from hf_sentiment.reviews.split_names import SPLIT_NAMES, split_name

# As `datasets` finds them: a whole word in the name of the file or of a folder above it, or what stands before the
# number of a shard.
_NAMES = "|".join(sorted((name for names in SPLIT_NAMES.values() for name in names), key=len, reverse=True))
_WORD = re.compile(rf"(?<![^\W\d_])({_NAMES})(?![^\W\d_])", re.IGNORECASE)
_SHARD = re.compile(r"(\w+)-\d{5}-of-\d{5}")


def files_by_split(folder: Path, name: str) -> tuple[dict[str, list[Path]], list[str]]:
    """The readable files of a folder and of the folders in it.

    Args:
        folder: the folder.
        name: what messages call it.

    Returns:
        Split -> its files, and a sentence about the files that are not read. A file whose name says no split holds
        training rows, unless another file's name says that it does.

    Raises:
        SentimentError: there is no file to read.
    """
    files = readable_files(folder)
    if not files:
        raise SentimentError(f"{name} has no file to read: none of {', '.join(READABLE)}, and no folder per class.")
    named: dict[str, list[Path]] = {}
    for file in files:
        shard = _SHARD.match(file.name)
        words = [shard[1]] if shard else _WORD.findall(str(file.relative_to(folder).with_suffix("")))
        named.setdefault(split_name(words[-1]) if words else "", []).append(file)
    others = named.pop("", [])
    if "train" not in named and others:
        return {"train": others} | named, []
    return named, unread_note(others, folder, name)


def readable_files(folder: Path) -> list[Path]:
    """The files in a folder, and in the folders in it, whose format is read; hidden ones are left out."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and unpacked(path).suffix.lower() in READABLE
        and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    ]

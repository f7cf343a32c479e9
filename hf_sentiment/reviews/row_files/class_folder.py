"""Read a folder with one subfolder of text files per class, as the IMDb reviews come."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.encodings import find_encoding
from hf_sentiment.reviews.row_files.formats import no_rows
from hf_sentiment.reviews.row_files.lines import LONGEST_LINE
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile, TextRow, grouped
from hf_sentiment.reviews.row_files.unread import unread_note
from hf_sentiment.reviews.split_names import SPLIT_NAMES, split_name

# IMDb's reviews without a label are in train/unsup.
UNLABELLED = ("unsup", "unsupervised", "unlabeled", "unlabelled")


def class_folders(folder: Path) -> list[Path]:
    """The subfolders that hold text files, by name; none for another kind of folder."""
    return [path for path in _subfolders(folder) if text_files(path)]


def split_folders(folder: Path) -> list[Path]:
    """The subfolders with the usual name of a split that hold a folder per class."""
    return [path for path in _subfolders(folder) if split_name(path.name) in SPLIT_NAMES and class_folders(path)]


def holds_classes(folder: Path) -> bool:
    """Whether a folder has one folder of text files per class, or one such folder per split."""
    return bool(class_folders(folder) or split_folders(folder))


def text_files(folder: Path) -> list[Path]:
    """The text files in a folder, by name."""
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() == ".txt" and path.is_file()]


def texts_beside_splits(folder: Path) -> list[Path]:
    """The texts within a folder of splits that belong to none: in its other folders, or in no class."""
    splits = split_folders(folder)
    beside = [each for each in class_folders(folder) if splits and each not in splits]
    return [file for home in beside for file in sorted(home.rglob("*")) if file.is_file()]


def _other_files(folder: Path) -> list[Path]:
    """The files that are not read: texts in no class, files of other formats, and those in deeper folders."""
    classes = class_folders(folder)
    read = {file for each in classes for file in text_files(each)}
    within = [file for each in classes for file in sorted(each.rglob("*")) if file.is_file() and file not in read]
    return text_files(folder) + within


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


class ClassFolderRows(RowFile):
    """One review per text file, whose label is the name of its folder; the order is that of the names.

    Args:
        path: the folder of the classes' folders.
        name: what messages call it.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self.columns = ["text", "label", "file"]
        self.files = [file for folder in class_folders(path) for file in text_files(folder)]
        self.total = len(self.files)
        if not self.files:
            raise no_rows(name)
        self.notes = unread_note(_other_files(path), path, name)

    def chunks(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Chunk]:
        """As in RowFile."""
        return grouped(map(self._row, self.files), size)

    def _row(self, path: Path) -> TextRow:
        label = "" if path.parent.name.lower() in UNLABELLED else path.parent.name
        file = f"{path.parent.name}/{path.name}"
        if path.stat().st_size > LONGEST_LINE:
            return file, f"{file}: The file has more than {LONGEST_LINE:,} bytes."
        try:
            with path.open("rb") as content:
                encoding = find_encoding(content, file)
            with path.open(encoding=encoding.codec) as reader:
                reader.seek(encoding.start)
                text = reader.read()
        except (SentimentError, UnicodeDecodeError) as error:
            return file, f"{file}: {error}"
        return {"text": text, "label": label, "file": file}, None

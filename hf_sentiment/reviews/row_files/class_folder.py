"""Read a folder with one subfolder of text files per class, as the IMDb reviews come."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.encodings import find_encoding
from hf_sentiment.reviews.row_files.formats import no_rows
from hf_sentiment.reviews.row_files.lines import LONGEST_LINE
from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile, TextRow, grouped

# IMDb's reviews without a label are in train/unsup.
UNLABELLED = ("unsup", "unsupervised", "unlabeled", "unlabelled")


def class_folders(folder: Path) -> list[Path]:
    """The subfolders that hold text files, by name; none for another kind of folder."""
    subfolders = sorted(path for path in folder.iterdir() if path.is_dir())
    return [path for path in subfolders if next(path.glob("*.txt"), None) is not None]


class ClassFolderRows(RowFile):
    """One review per text file, whose label is the name of its folder; the order is that of the names.

    Args:
        path: the folder of the classes' folders.
        name: what messages call it.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self.columns = ["text", "label", "file"]
        self.files = [file for folder in class_folders(path) for file in sorted(folder.glob("*.txt"))]
        self.total = len(self.files)
        if not self.files:
            raise no_rows(name)

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
            text = path.read_text(encoding.codec)
        except (SentimentError, UnicodeDecodeError) as error:
            return file, f"{file}: {error}"
        return {"text": text, "label": label, "file": file}, None

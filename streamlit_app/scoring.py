"""Score the reviews that a visitor pastes or uploads, exactly as `hf-sentiment predict --input` does."""

import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hf_sentiment import SentimentPipeline
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.columns import find_column
from hf_sentiment.reviews.row_files.compression import OPENERS
from hf_sentiment.reviews.row_files.formats import READABLE
from hf_sentiment.reviews.row_files.open_rows import COUNT_ROWS, open_rows
from hf_sentiment.reviews.row_files.row_file import RowFile
from hf_sentiment.scoring.formulas import without_formulas
from hf_sentiment.scoring.score_file import rejects_path, score_file
from hf_sentiment.streamlit_app.answers import Band, measured_bands, usual_band

# A result stays in memory while its page is open; larger files are for the command line.
MOST_ROWS = 100_000
# Rows in memory beside the file itself.
CHUNK_ROWS = 2000
SUFFIXES = [suffix.removeprefix(".") for suffix in (*READABLE, *OPENERS)]
# Characters of a rejected row that the table shows.
MOST_SHOWN = 300


@dataclass
class Upload:
    """A file in memory.

    Attributes:
        name: the visitor's name for it.
        data: its bytes.
        columns: the columns that can hold text.
        text, title: the columns that have a usual name for the text and the title, else None.
        rows: number of rows, good and bad.
        header: whether the first row of a CSV, TSV or Excel file has the names of the columns.
        notes: sentences about how the file is read.
    """

    name: str
    data: bytes
    columns: list[str]
    text: str | None
    title: str | None
    rows: int
    header: bool
    notes: list[str]


@dataclass
class Scored:
    """A scored file.

    Attributes:
        name: the name of the upload.
        adapter: the adapter that scored it.
        labels: the adapter's labels.
        band: the adapter's measured band that a page starts with, if it has one.
        frame: the scored rows, every input column as text, with label, score and score_<label>.
        csv: the same as a CSV file, as the command line writes it with --escape-formulas: people open it in
            spreadsheets.
        bad: the rows that could not be scored, with the columns row (from 1), reason and input.
    """

    name: str
    adapter: str
    labels: list[str]
    band: Band | None
    frame: pd.DataFrame
    csv: bytes
    bad: pd.DataFrame

    @property
    def added(self) -> list[str]:
        """The columns that scoring added to the input's own."""
        return ["label", "score", *(f"score_{label}" for label in self.labels)]


def lines_as_file(text: str) -> tuple[str, bytes]:
    """Pasted lines, one review each, as the name and bytes of a JSON Lines file."""
    rows = [json.dumps({"text": line.strip()}, ensure_ascii=False) for line in text.splitlines() if line.strip()]
    return "pasted lines.jsonl", "\n".join(rows).encode(errors="replace")


def look_into(name: str, data: bytes, header: bool = True) -> Upload:
    """Read the columns of an upload and count its rows; `header` as in Upload.

    Raises:
        SentimentError: the upload cannot be read, has no column of text, or has more rows than a page scores.
    """
    with on_disk(name, data) as path:
        file = open_rows(path, name, header=header)
        columns, rows = file.text_columns, _count_up_to(file, MOST_ROWS + 1)
    if rows > MOST_ROWS:
        raise SentimentError(
            f"{name} has more than {MOST_ROWS:,} rows, and a page scores no more: in a terminal, hf-sentiment predict "
            "--input scores files of any length."
        )
    if not columns:
        raise SentimentError(f"{name} has no column of text.")
    text, title = (find_column(columns, role, None, name) for role in ("text", "title"))
    notes = [*file.notes, *([file.hint] if file.hint else [])]
    return Upload(name, data, columns, text, title, rows, header, notes)


def score_upload(
    classify: SentimentPipeline,
    adapter: str,
    upload: Upload,
    text: str,
    title: str | None,
    progress: Callable[[int], object],
) -> Scored:
    """Score an upload. On disk, it is in a temporary folder, which is removed however the call ends.

    Args:
        classify: the pipeline.
        adapter: the adapter's name, for the result.
        upload: the upload.
        text: the column of the text.
        title: the column of the title, if there is one.
        progress: called with the number of rows done, as in `score_file`.

    Raises:
        SentimentError: a column does not exist or holds no text.
    """
    with on_disk(upload.name, upload.data) as path:
        target = path.with_name("scored.csv")
        score_file(
            classify,
            path,
            target,
            text_column=text,
            title_column=title,
            header=upload.header,
            chunk_rows=CHUNK_ROWS,
            progress=progress,
            name=upload.name,
        )
        rejects = rejects_path(target)
        lines = rejects.read_text(encoding="utf-8").splitlines() if rejects.exists() else []
        csv = target.read_bytes()
    labels = classify.sentiment_config.labels
    frame = pd.read_csv(io.BytesIO(csv), dtype=str, keep_default_na=False)
    numbers = ["score", *(f"score_{label}" for label in labels)]
    frame[numbers] = frame[numbers].astype(float)
    bad = [(entry["row"], entry["reason"], str(entry["input"])[:MOST_SHOWN]) for entry in map(json.loads, lines)]
    rejected = pd.DataFrame(bad, columns=["row", "reason", "input"])
    band = usual_band(measured_bands(classify.sentiment_config))
    return Scored(upload.name, adapter, labels, band, frame, without_formulas(csv), rejected)


def _count_up_to(file: RowFile, most: int) -> int:
    """Number of rows; of a longer file, which may be very long once it is decompressed, only the first are read."""
    if file.total is not None:
        return file.total
    rows = 0
    for chunk in file.chunks(COUNT_ROWS, file.columns[:1]):
        rows += chunk.rows_read
        if rows >= most:
            break
    return rows


@contextmanager
def on_disk(name: str, data: bytes) -> Iterator[Path]:
    """Write an upload to a temporary file, which is removed at the end.

    Its name keeps only the suffixes of the visitor's.
    """
    with tempfile.TemporaryDirectory(prefix="hf-sentiment-") as folder:
        path = Path(folder) / f"upload{''.join(Path(name).suffixes[-2:]).lower()}"
        path.write_bytes(data)
        yield path

"""Score what a visitor pastes or uploads, with the reader, writer and reasons of `hf-sentiment predict --input`."""

import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from hf_sentiment import SentimentPipeline
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files import open_rows
from hf_sentiment.reviews.sources import FORMATS, TEXT_NAMES, TITLE_NAMES, find_column
from hf_sentiment.scoring.score_file import count_rows, rejects_path, score_file
from hf_sentiment.streamlit_app.answers import Band, measured_bands, usual_band

# A visitor's result stays in memory while the page is open; more than this is work for the command line.
MOST_ROWS = 100_000
# What is in memory beside the file itself.
CHUNK_ROWS = 2000
SUFFIXES = [suffix.removeprefix(".") for suffix in FORMATS]
# Longer cells of rejected rows are cut in the table.
MOST_SHOWN = 300


@dataclass
class Upload:
    """A file in memory.

    Attributes:
        name: what the visitor calls it.
        data: its bytes.
        columns: those that can hold text.
        text, title: those that do by their names, None where no name tells.
        rows: how many, good and bad.
    """

    name: str
    data: bytes
    columns: list[str]
    text: str | None
    title: str | None
    rows: int


@dataclass
class Scored:
    """A scored file.

    Attributes:
        name: of the upload.
        adapter: which adapter scored it.
        labels: the adapter's.
        band: the adapter's measured band that a page starts with, if it has one.
        frame: the good rows, every input column as text, with label, score and score_<label>.
        csv: the same as a CSV file, as the command line writes it.
        bad: the rows that could not be scored: row (from 1), reason, input.
    """

    name: str
    adapter: str
    labels: list[str]
    band: Band | None
    frame: pd.DataFrame
    csv: bytes
    bad: pd.DataFrame


def lines_as_file(text: str) -> tuple[str, bytes]:
    """Pasted lines, one review each, as the name and bytes of a JSON Lines file."""
    rows = [json.dumps({"text": line.strip()}, ensure_ascii=False) for line in text.splitlines() if line.strip()]
    return "pasted lines.jsonl", "\n".join(rows).encode(errors="replace")


def look_into(name: str, data: bytes) -> Upload:
    """Read the columns of an upload and count its rows.

    Raises:
        SentimentError: it cannot be read, or has more rows than a page scores.
    """
    with _on_disk(name, data) as path:
        table = open_rows(path)
        rows = count_rows(path)
        columns = [column for column in table.columns if not table.typed or _is_text(table.schema.field(column).type)]
        if rows > MOST_ROWS:
            raise SentimentError(
                f"{path} has {rows:,} rows, and a page scores up to {MOST_ROWS:,}: in a terminal, hf-sentiment "
                "predict --input scores files of any length."
            )
        if not columns:
            raise SentimentError(f"{path} has no column of text.")
        text = find_column(columns, None, TEXT_NAMES, "text", name)
        return Upload(name, data, columns, text, find_column(columns, None, TITLE_NAMES, "title", name), rows)


def score_upload(
    classify: SentimentPipeline,
    adapter: str,
    upload: Upload,
    text: str,
    title: str | None,
    progress: Callable[[int], object],
) -> Scored:
    """Score an upload; on disk it lies in a folder of its own, which goes away with the call, however that ends.

    Raises:
        SentimentError: a column is not as it must be.
    """
    with _on_disk(upload.name, upload.data) as path:
        target = path.with_name("scored.csv")
        score_file(
            classify,
            path,
            target,
            text_column=text,
            title_column=title,
            chunk_rows=CHUNK_ROWS,
            progress=progress,
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
    return Scored(upload.name, adapter, labels, band, frame, csv, rejected)


@contextmanager
def _on_disk(name: str, data: bytes) -> Iterator[Path]:
    """The upload as a file, under a name of ours; messages about it call it by the visitor's name."""
    with tempfile.TemporaryDirectory(prefix="hf-sentiment-") as folder:
        path = Path(folder) / f"upload{Path(name).suffix.lower()}"
        path.write_bytes(data)
        try:
            yield path
        except SentimentError as error:
            raise SentimentError(str(error).replace(str(path), name)) from error


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)

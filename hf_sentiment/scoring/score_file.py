"""Score a file of reviews of any length into another: all its columns, label and score, and a score per class."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from hf_sentiment.adapter.folder import adapter_files
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.reviews.row_files import file_kind, open_rows
from hf_sentiment.reviews.sources import TEXT_NAMES, TITLE_NAMES, find_column
from hf_sentiment.scoring.join_parts import join
from hf_sentiment.scoring.scorer import Scorer
from hf_sentiment.scoring.work_folder import Parts, whole_file

# Enough that the pipeline finds whole batches of every length, and at most a minute or so of work lost with a run.
CHUNK_ROWS = 5000


@dataclass
class FileResult:
    """What became of a file of reviews.

    Attributes:
        rows: how many were scored.
        rejected: how many could not be.
        output: the file with the scores.
        rejects: the file with the rows that could not be scored, None where there are none.
        was_complete: whether an earlier run had finished it, so that nothing was done.
    """

    rows: int
    rejected: int
    output: str
    rejects: str | None
    was_complete: bool = False


def score_file(
    classify: SentimentPipeline,
    source: str | Path,
    target: str | Path,
    *,
    text_column: str | None = None,
    title_column: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
    chunk_rows: int = CHUNK_ROWS,
    progress: Callable[[int], object] | None = None,
) -> FileResult:
    """Label the reviews of a file with the memory of one chunk of it.

    Every row is written either to the output, with the columns label, score and "score_<label>" for each class, or to
    `<output stem>.rejects.jsonl` beside it: {"row": its number from 1, "reason", "input"}. An input column of such a
    name is kept as "input_label" and so on. Until the output is complete there is only the work folder
    `<output>.parts`, from which a run that ended early can go on.

    Args:
        classify: the pipeline.
        source: CSV, TSV, JSON Lines or Parquet, by its suffix. Cells of CSV stay text; Parquet keeps its types.
        target: likewise.
        text_column: found by its usual names otherwise.
        title_column: found by its usual names otherwise.
        resume: go on after the last complete chunk of an earlier run, if there is one.
        overwrite: do away with an earlier run and, at the end, with its output.
        chunk_rows: rows read, scored and kept at a time.
        progress: called with the number of rows done since the beginning of the file: once before the first is scored
            (not 0 in a run that goes on), then after each batch.

    Returns:
        A FileResult; its counts cover the whole file, in a run that went on too.

    Raises:
        SentimentError: a file or column is not as it must be, the output or its work folder exists and neither
            `resume` nor `overwrite` is given, the earlier run was another one, or its output is older than the input.
    """
    source, target = Path(source), Path(target)
    _check_paths(source, target, resume, overwrite, chunk_rows)
    rejects = rejects_path(target)
    table = open_rows(source)
    text = find_column(table.columns, text_column, TEXT_NAMES, "text", str(source))
    title = find_column(table.columns, title_column, TITLE_NAMES, "title", str(source))
    if text is None:
        raise SentimentError(
            f"No text column was found in {source}; it has {', '.join(table.columns)}. Name it with --text-column."
        )
    if table.typed:
        _check_type(source, text, table.schema.field(text).type)
    parts = Parts(target, table.typed)
    manifest = _manifest(classify, source, text, title, chunk_rows)
    scores = Scorer(classify, text, title, progress or (lambda rows: None))
    try:
        if resume and not parts.begun and target.exists():
            # What is left of the work folder, where the earlier run ended while it tidied up.
            parts.clear()
            return _finished(source, target, rejects)
        if resume and parts.begun:
            parts.check(manifest)
        else:
            _refuse_earlier(parts, target, rejects, overwrite)
            parts.begin(manifest)
        done = len(parts.complete())
        for index, chunk in enumerate(table.chunks(chunk_rows)):
            if index < done:
                scores.skip(chunk)
            else:
                parts.write(index, *scores(chunk))
        rows_read = scores.finish()
        columns = [*scores.renamed(table.columns).values(), *scores.added]
        rejected = _publish(parts, target, rejects, columns, scores.added)
    except OSError as error:
        named = error.filename or target
        raise SentimentError(
            f"The run stopped at {named} ({error.strerror or first_line(error)}): mend that and go on with --resume, "
            "or give another --output."
        ) from error
    return FileResult(rows_read - rejected, rejected, str(target), str(rejects) if rejected else None)


def rejects_path(target: str | Path) -> Path:
    """Where the rows go that cannot be scored."""
    return Path(target).with_name(f"{Path(target).stem}.rejects.jsonl")


def count_rows(source: str | Path) -> int:
    """How many rows a file has, good and bad; of a text file, by reading it, some 500,000 rows a second.

    Raises:
        SentimentError: see `hf_sentiment.reviews.row_files.open_rows`.
    """
    table = open_rows(source)
    return table.total or sum(chunk.count for chunk in table.chunks(CHUNK_ROWS))


def _check_paths(source: Path, target: Path, resume: bool, overwrite: bool, chunk_rows: int) -> None:
    if resume and overwrite:
        raise SentimentError(
            "--resume goes on with an earlier run and --overwrite does away with it: give one of them."
        )
    if chunk_rows < 1:
        raise SentimentError(f"chunk_rows is {chunk_rows}: give 1 or more.")
    try:
        file_kind(target)
    except SentimentError as error:
        raise SentimentError(f"The output {error}") from None
    if not target.parent.is_dir():
        raise SentimentError(f"There is no folder {target.parent} for the output: make it first.")
    for path in (target, rejects_path(target)):
        if path.exists() and source.exists() and path.samefile(source):
            raise SentimentError(f"{source} would be read and written at once: give another --output.")


def _check_type(source: Path, text: str, kind: pa.DataType) -> None:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise SentimentError(
            f"Column {text!r} of {source} holds {kind} values, not text: name the text column with --text-column."
        )


def _refuse_earlier(parts: Parts, target: Path, rejects: Path, overwrite: bool) -> None:
    if overwrite:
        return
    if parts.begun:
        raise SentimentError(
            f"{parts.folder} holds an unfinished run: go on with --resume, or start over with --overwrite."
        )
    for path in (target, rejects):
        if path.exists():
            raise SentimentError(f"{path} exists: give another --output, or replace it with --overwrite.")


def _finished(source: Path, target: Path, rejects: Path) -> FileResult:
    if source.stat().st_mtime_ns > target.stat().st_mtime_ns:
        raise SentimentError(f"{target} is complete, but {source} is newer: score it again with --overwrite.")
    try:
        rows = sum(chunk.count for chunk in open_rows(target).chunks(CHUNK_ROWS))
    except SentimentError:
        # The reader refuses a file without rows, and an output may have none.
        rows = 0
    rejected = _lines(rejects) if rejects.exists() else 0
    return FileResult(rows, rejected, str(target), str(rejects) if rejected else None, was_complete=True)


def _manifest(classify: SentimentPipeline, source: Path, text: str, title: str | None, chunk_rows: int) -> dict:
    state = source.stat()
    folder = Path(classify.adapter.folder)
    digest = hashlib.sha256()
    for name in adapter_files(folder):
        # A card or a report rewritten since then changes no score.
        if name.suffix != ".md" and name.parts[0] != "evaluation":
            digest.update((folder / name).read_bytes())
    return {
        "input": str(source.resolve()),
        "input_size": state.st_size,
        "input_modified": state.st_mtime_ns,
        # The name is for people; another adapter may lie in the same folder by now.
        "adapter": f"{folder.name} ({digest.hexdigest()[:12]})",
        "labels": list(classify.sentiment_config.labels),
        "backend": type(classify.backend).__name__,
        "dtype": str(classify.model.dtype),
        "text_column": text,
        "title_column": title,
        "chunk_rows": chunk_rows,
    }


def _publish(parts: Parts, target: Path, rejects: Path, columns: list[str], added: list[str]) -> int:
    """Join the parts under the final names and remove them; the output comes last. Gives the number of rejects."""
    done = parts.complete()
    of_parts = [path for path in map(parts.rejects_of, range(len(done))) if path.exists()]
    if of_parts:
        with whole_file(rejects, parts.joined) as file:
            for path in of_parts:
                file.write(path.read_bytes())
    else:
        rejects.unlink(missing_ok=True)
    with whole_file(target, parts.joined) as file:
        join(done, target, file, columns, added)
    parts.clear()
    return _lines(rejects) if of_parts else 0


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)

"""Score a file of reviews of any length: all its columns, with a label, its score, and a score for each label."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.files.whole_file import whole_file
from hf_sentiment.reviews.review_file import ReviewFile, open_reviews
from hf_sentiment.reviews.row_files.formats import file_kind
from hf_sentiment.reviews.row_files.lines import LONGEST_LINE
from hf_sentiment.reviews.row_files.open_rows import count_rows, open_rows
from hf_sentiment.scoring.chunk_scorer import ChunkScorer
from hf_sentiment.scoring.file_scorer import FileScorer
from hf_sentiment.scoring.join_parts import join
from hf_sentiment.scoring.manifest import make_manifest
from hf_sentiment.scoring.work_folder import WorkFolder

# Enough for full batches of every length, and at most a minute or so of work is lost if a run is interrupted.
CHUNK_ROWS = 5000
CURE = "score a copy that nobody writes to, and discard this run with --overwrite"


@dataclass
class FileResult:
    """The result of scoring a file.

    Attributes:
        rows: number of rows that were scored.
        rejected: number of rows that could not be scored.
        output: the file with the scores.
        rejects: the file with the rows that could not be scored; None if there are none.
        was_complete: whether an earlier run had already finished the output, so that nothing was done.
        notes: how the file was read, where that was not plain: its separator, its encoding.
    """

    rows: int
    rejected: int
    output: str
    rejects: str | None
    was_complete: bool = False
    notes: list[str] = field(default_factory=list)


@system_errors_explained()
def score_file(
    scorer: FileScorer,
    source: str | Path,
    target: str | Path,
    *,
    text_column: str | None = None,
    title_column: str | None = None,
    header: bool = True,
    resume: bool = False,
    overwrite: bool = False,
    escape_formulas: bool = False,
    chunk_rows: int = CHUNK_ROWS,
    batch_size: int | None = None,
    progress: Callable[[int], object] | None = None,
    name: str | None = None,
) -> FileResult:
    """Score the reviews of a file, with the memory of one chunk of it.

    Every row goes either to the output, with the columns label, score and "score_<label>" for each label, or to
    `<output stem>.rejects.jsonl` beside it: {"row": its number from 1, "reason", "input"}. An input column with one of
    these names becomes "input_label" and so on. The output appears when it is complete; until then, the run keeps its
    parts in the work folder `<output>.parts`, from which an interrupted run can be resumed.

    Args:
        scorer: a SentimentPipeline, or anything else that is a FileScorer.
        source: CSV, TSV, JSON Lines, Parquet or Excel, by its suffix, or a JSON array; text files may be compressed
            with gzip, bzip2 or xz. Cells of CSV and Excel files are text; Parquet columns keep their types.
        target: the output, as CSV, TSV, JSON Lines or Parquet, by its suffix.
        text_column: the column of the text; found by its usual names by default.
        title_column: the column of the title; found by its usual names by default.
        header: whether a CSV, TSV or Excel file has a header; without one, columns are named by their numbers, from 1.
        resume: resume an earlier run after its last complete chunk, if there is one.
        overwrite: discard an earlier run, and replace its output when the new one is complete.
        escape_formulas: put an apostrophe before each cell of a CSV or TSV output that a spreadsheet would run as a
            formula; numbers stay numbers.
        chunk_rows: number of rows that are read, scored and written at a time.
        batch_size: reviews in a batch; None for batches of about the same number of tokens.
        progress: called with the number of rows done since the start of the file: once before the first row is scored
            (a resumed run does not start at 0), then after each batch.
        name: what messages call the source; its path by default.

    Returns:
        A FileResult, whose counts cover the whole file even if the run was resumed.

    Raises:
        SentimentError: a file or column is wrong; the output or its work folder exists and neither `resume` nor
            `overwrite` is given; a folder or file in their place was not written by a run; the run to resume was a
            different one; its output is older than the input; the input changes while it is read; or the disk is full.
    """
    source, target = Path(source), Path(target)
    if chunk_rows < 1:
        raise SentimentError(f"chunk_rows is {chunk_rows}: give 1 or more.")
    rows, text, title = check_files(
        source,
        target,
        text_column=text_column,
        title_column=title_column,
        header=header,
        resume=resume,
        overwrite=overwrite,
        escape_formulas=escape_formulas,
        name=name,
    )
    assert rows.state is not None
    rejects = rejects_path(target)
    folder = WorkFolder(target, rows.typed)
    manifest = make_manifest(scorer, source, rows.state, text, title, chunk_rows)
    report = progress or (lambda rows: None)
    chunk_scorer = ChunkScorer(scorer, rows.columns, text, title, report, batch_size)
    with system_errors_explained(target, "The parts that are done are kept: then give --resume."):
        if resume and not folder.begun and target.exists():
            # The earlier run may have been interrupted while it removed its work folder.
            folder.clear()
            return _finished(source, target, rejects)
        if resume and folder.begun:
            folder.check(manifest)
        else:
            # Without --resume, `check_files` has done so.
            if resume:
                _refuse_earlier(folder, target, rejects, overwrite)
            folder.begin(manifest)
        done = len(folder.complete())
        for index, chunk in enumerate(rows.chunks(chunk_rows)):
            # For each chunk: a long run should not go on for nothing.
            rows.require_unchanged(CURE)
            if index < done:
                chunk_scorer.skip(chunk)
            else:
                folder.write(index, *chunk_scorer.score(chunk))
        rows.require_unchanged(CURE)
        rows_read = chunk_scorer.finish()
        columns = [*chunk_scorer.names.values(), *chunk_scorer.added]
        rejected = _publish(folder, target, rejects, columns, chunk_scorer.added, escape_formulas)
    found = str(rejects) if rejected else None
    return FileResult(rows_read - rejected, rejected, str(target), found, notes=rows.notes)


def rejects_path(target: str | Path) -> Path:
    """The file for the rows that cannot be scored."""
    return Path(target).with_name(f"{Path(target).stem}.rejects.jsonl")


@system_errors_explained()
def check_files(
    source: str | Path,
    target: str | Path,
    *,
    text_column: str | None = None,
    title_column: str | None = None,
    header: bool = True,
    resume: bool = False,
    overwrite: bool = False,
    escape_formulas: bool = False,
    name: str | None = None,
) -> ReviewFile:
    """Check the files of a run, and open the input; the arguments and the errors are those of `score_file`."""
    source, target = Path(source), Path(target)
    name = str(source) if name is None else name
    if resume and overwrite:
        raise SentimentError("--resume continues an earlier run and --overwrite discards it: give one of them.")
    check_output(target, escape_formulas=escape_formulas)
    for path in (target, rejects_path(target)):
        refuse_same_file(path, source, name)
    found = open_reviews(source, name, text_column=text_column, title_column=title_column, header=header)
    folder, rejects = WorkFolder(target, found.rows.typed), rejects_path(target)
    folder.require_ours()
    if not resume:
        _refuse_earlier(folder, target, rejects, overwrite)
    if rejects.exists() and not _are_rejects(rejects):
        raise SentimentError(f"{rejects} exists, and no run wrote it: move it away, or give another --output.")
    return found


def check_output(target: Path, *, escape_formulas: bool = False) -> None:
    """Check that a file can be written in the format of its name.

    Args:
        target: the output.
        escape_formulas: as in `score_file`.

    Raises:
        SentimentError: its format is not written, it is a folder, or its folder does not exist.
    """
    if file_kind(target, f"The output {target}") != "csv" and escape_formulas:
        raise SentimentError(f"--escape-formulas is for CSV and TSV files, which spreadsheets open; {target} is none.")
    if not target.parent.is_dir():
        raise SentimentError(f"There is no folder {target.parent} for the output: make it first.")
    if target.is_dir():
        raise SentimentError(f"The output {target} is a folder: give a file.")


def refuse_same_file(target: Path, source: Path, name: str) -> None:
    """Refuse an output that is the input, which messages call `name`."""
    if target.exists() and source.exists() and target.samefile(source):
        raise SentimentError(f"{name} would be read and written at once: give another --output.")


def _refuse_earlier(folder: WorkFolder, target: Path, rejects: Path, overwrite: bool) -> None:
    if overwrite:
        return
    if folder.begun:
        raise SentimentError(
            f"{folder.folder} holds an unfinished run: resume it with --resume, or start over with --overwrite."
        )
    for path in (target, rejects):
        if path.exists():
            raise SentimentError(f"{path} exists: give another --output, or replace it with --overwrite.")


def _finished(source: Path, target: Path, rejects: Path) -> FileResult:
    if source.stat().st_mtime_ns > target.stat().st_mtime_ns:
        raise SentimentError(f"{target} is complete, but {source} is newer: score it again with --overwrite.")
    try:
        rows = count_rows(open_rows(target))
    except SentimentError:
        # The reader refuses a file without rows, but an output may have none.
        rows = 0
    rejected = _lines(rejects) if rejects.exists() else 0
    return FileResult(rows, rejected, str(target), str(rejects) if rejected else None, was_complete=True)


def _publish(
    folder: WorkFolder, target: Path, rejects: Path, columns: list[str], added: list[str], escape_formulas: bool
) -> int:
    """Join the parts under their final names, the output last, remove them, and return the number of rejects."""
    parts = folder.complete()
    with_rejects = [path for path in map(folder.rejects_of, range(len(parts))) if path.exists()]
    if with_rejects:
        with whole_file(rejects, folder.folder) as file:
            for path in with_rejects:
                file.write(path.read_bytes())
    else:
        rejects.unlink(missing_ok=True)
    with whole_file(target, folder.folder) as file:
        join(parts, target, file, columns, added, escape_formulas=escape_formulas)
    folder.clear()
    return _lines(rejects) if with_rejects else 0


def _are_rejects(path: Path) -> bool:
    """Whether a file was written by a run, which replaces or removes it if it is told to overwrite."""
    try:
        with path.open("rb") as file:
            entry = json.loads(file.readline(LONGEST_LINE))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and entry.keys() == {"row", "reason", "input"}


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)

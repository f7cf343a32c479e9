"""UnitScorer: read a unit with the one reader, score it with the core, and write its part, its rejects, its sidecar."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.files.system_errors import system_errors_explained, system_sentence
from hf_sentiment.reviews.review_file import ReviewFile, open_reviews
from hf_sentiment.reviews.row_files.row_file import Chunk, Reject
from hf_sentiment.scale.cursor import RowCursor
from hf_sentiment.scale.output_folder import rejects_name, sidecar_name
from hf_sentiment.scale.place import Place
from hf_sentiment.scale.sidecar import Sidecar
from hf_sentiment.scale.unit import Unit
from hf_sentiment.scoring.chunk_scorer import ChunkScorer, Rows
from hf_sentiment.scoring.file_scorer import FileScorer
from hf_sentiment.scoring.part_file import PartWriter, part_suffix, write_rejects

KILLED = "The review ended the process that scored it, each time that it was scored alone."


@dataclass(frozen=True)
class UnitOptions:
    """How the units of a run are read and scored; all but the places is a part of the settings.

    Attributes:
        source: the input folder.
        output: the output folder.
        settings: the hash of the adapter and the settings.
        text_column: see `open_reviews`.
        title_column: see `open_reviews`.
        header: see `open_reviews`.
        chunk_rows: number of rows that are read, scored and written at a time.
        batch_size: reviews in a batch; None for batches of about the same number of tokens.
    """

    source: Place
    output: Place
    settings: str
    text_column: str | None
    title_column: str | None
    header: bool
    chunk_rows: int
    batch_size: int | None


class OutputError(SentimentError):
    """The output cannot be written, so that no unit can: a full disk, a folder that is gone."""


@contextmanager
def writing_to(output: Place) -> Iterator[None]:
    """Turn the errors of the system within the block, which writes to the output, into OutputErrors."""
    try:
        yield
    except OSError as error:
        sentence = system_sentence(error, output.name) or f"{output.name} cannot be written: {first_line(error)}."
        raise OutputError(f"{sentence} The units that are done are kept: then give --resume.") from error


class UnitScorer:
    """Scores units. The last file stays open, so that its next unit is read from there.

    Args:
        scorer: of the reviews.
        options: of the run.
    """

    def __init__(self, scorer: FileScorer, options: UnitOptions) -> None:
        self._scorer, self._options = scorer, options
        self._open: tuple[str, ReviewFile, RowCursor] | None = None
        self._copies = ExitStack()

    def score(self, unit: Unit, rejected: Sequence[int] = ()) -> Sidecar:
        """Score a unit, and write its files.

        Args:
            unit: the unit.
            rejected: numbers of rows, in the file from 1, that must not be scored because they end the process.

        Returns:
            The sidecar, which is written last.

        Raises:
            SentimentError: the unit cannot be read.
            OutputError: its files cannot be written.
        """
        try:
            return self._score(unit, rejected)
        except BaseException:
            # The reader may have stopped in the middle.
            self.close()
            raise

    def _score(self, unit: Unit, rejected: Sequence[int]) -> Sidecar:
        file, cursor = self._file(unit)
        options = self._options
        name = unit.name(options.settings)
        part = f"{name}{part_suffix(file.rows.typed)}"
        scorer = self._chunk_scorer(file)
        rejects: list[Reject] = []
        chunks = _scored(scorer, cursor.chunks(unit.start, unit.stop), rejected, rejects)
        # Whatever is wrong with the input shows here, and not as an error of the output.
        first = next(chunks, None)
        if first is None:
            raise SentimentError(f"{unit.file} has no row {unit.start + 1:,}: it changed since the plan.")
        with writing_to(options.output), options.output.whole(part) as target, PartWriter(target) as writer:
            writer.write(first)
            for rows in chunks:
                writer.write(rows)
        self._require_planned(unit)
        scored = scorer.done - len(rejects)
        done = Sidecar(name, options.settings, unit.file, scorer.done, scored, len(rejects), part, 0, 0)
        if unit.rows is not None and done.rows != unit.rows:
            raise SentimentError(f"{unit.file} has other rows than planned: it changed since the plan.")
        with writing_to(options.output):
            if rejects:
                with options.output.whole(rejects_name(name)) as target:
                    write_rejects(rejects, target)
            rejects_bytes = self._size(rejects_name(name)) if rejects else 0
            done = replace(done, output_bytes=self._size(part), rejects_bytes=rejects_bytes)
            options.output.write(sidecar_name(name), done.to_bytes())
        return done

    def count(self, unit: Unit) -> int:
        """Number of rows of a unit."""
        _, cursor = self._file(unit)
        return sum(chunk.rows_read for chunk in cursor.chunks(unit.start, unit.stop))

    def probe(self, unit: Unit, start: int, stop: int) -> None:
        """Score some rows of the file of a unit, and forget the scores: the process ends here if it must."""
        file, cursor = self._file(unit)
        scorer = self._chunk_scorer(file)
        for chunk in cursor.chunks(start, stop):
            scorer.score(chunk)

    def close(self) -> None:
        """Remove the copy of the last file."""
        self._open = None
        self._copies.close()

    def _chunk_scorer(self, file: ReviewFile) -> ChunkScorer:
        return ChunkScorer(
            self._scorer, file.rows.columns, file.text, file.title, lambda rows: None, self._options.batch_size
        )

    def _file(self, unit: Unit) -> tuple[ReviewFile, RowCursor]:
        """The file of a unit, open, as it was when it was planned."""
        self._require_planned(unit)
        if self._open is None or self._open[0] != unit.file:
            self.close()
            options = self._options
            path = self._copies.enter_context(options.source.local_copy(unit.file))
            with system_errors_explained(path):
                file = open_reviews(
                    path,
                    unit.file,
                    text_column=options.text_column,
                    title_column=options.title_column,
                    header=options.header,
                )
            self._open = unit.file, file, RowCursor(file.rows, options.chunk_rows)
        return self._open[1:]

    def _require_planned(self, unit: Unit) -> None:
        state = self._options.source.state(unit.file)
        if state != unit.state:
            self.close()
            how = "is gone" if state is None else "changed"
            raise SentimentError(
                f"{unit.file} {how} since the run was planned: score a copy that nobody writes to, with --overwrite."
            )

    def _size(self, name: str) -> int:
        state = self._options.output.state(name)
        return 0 if state is None else state.size


def _scored(
    scorer: ChunkScorer, chunks: Iterator[Chunk], rejected: Sequence[int], rejects: list[Reject]
) -> Iterator[Rows]:
    with system_errors_explained():
        for chunk in chunks:
            rows, lost = scorer.score(_without(chunk, frozenset(rejected)))
            rejects += lost
            yield rows


def _without(chunk: Chunk, rejected: frozenset[int]) -> Chunk:
    """A chunk in which some rows are rejects."""
    lost = [index for index, number in enumerate(chunk.numbers) if number in rejected] if rejected else []
    if not lost:
        return chunk
    kept = [index for index in range(len(chunk.numbers)) if index not in lost]
    rows = chunk.rows
    content = [rows[index] if isinstance(rows, list) else rows.slice(index, 1).to_pylist()[0] for index in lost]
    killers = [Reject(chunk.numbers[index], KILLED, row) for index, row in zip(lost, content, strict=True)]
    return Chunk(
        chunk.rows_read,
        [chunk.numbers[index] for index in kept],
        [rows[index] for index in kept] if isinstance(rows, list) else rows.take(kept),
        sorted([*chunk.rejects, *killers], key=lambda reject: reject.number),
    )

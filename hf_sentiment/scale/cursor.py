"""RowCursor: the rows of one unit after another, without reading a file from its start for each."""

from collections.abc import Iterator

from hf_sentiment.reviews.row_files.row_file import Chunk, RowFile, chunks_between


class RowCursor:
    """Reads units of one file. A unit has the same chunks whatever was read before it.

    Args:
        rows: the file.
        size: number of rows of a chunk.
    """

    def __init__(self, rows: RowFile, size: int) -> None:
        self._rows, self._size = rows, size
        self._chunks: Iterator[Chunk] = iter(())
        self._before: int | None = None

    def chunks(self, start: int, stop: int | None) -> Iterator[Chunk]:
        """The chunks of the rows from `start` up to `stop`, not included; None is the end of the file."""
        if self._rows.typed:
            # Its chunks depend on where reading began, and beginning anew costs little.
            return chunks_between(self._rows.chunks_from(start, self._size), start, start, stop)
        if self._before is None or self._before > start:
            self._chunks, self._before = self._rows.chunks(self._size), 0
        return chunks_between(self._advancing(stop), self._before, start, stop)

    def _advancing(self, stop: int | None) -> Iterator[Chunk]:
        assert self._before is not None
        while stop is None or self._before < stop:
            chunk = next(self._chunks, None)
            if chunk is None:
                return
            self._before += chunk.rows_read
            yield chunk

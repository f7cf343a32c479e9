"""The manifest of a run: what must be the same for the run to be resumed."""

from pathlib import Path
from typing import Any

from hf_sentiment.reviews.row_files.input_state import InputState
from hf_sentiment.scoring.file_scorer import FileScorer


def make_manifest(
    scorer: FileScorer, source: Path, state: InputState, text: str, title: str | None, chunk_rows: int
) -> dict[str, Any]:
    """Everything that decides the content of the part files: the input, the scorer, the columns and the chunks."""
    return {
        "input": str(source.resolve()),
        "input_size": state.size,
        "input_modified": state.modified,
        **scorer.identity(),
        "labels": list(scorer.sentiment_config.labels),
        "text_column": text,
        "title_column": title,
        "chunk_rows": chunk_rows,
    }

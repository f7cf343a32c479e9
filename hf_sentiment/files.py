"""Score a file of reviews into another: all its columns, and label and score."""

from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.pipeline import SentimentPipeline
from hf_sentiment.reviews import FORMATS, TEXT_NAMES, TITLE_NAMES, find_column, read_source


def score_file(
    classify: SentimentPipeline,
    source: str | Path,
    target: str | Path,
    text_column: str | None = None,
    title_column: str | None = None,
    progress=None,
) -> int:
    """Read reviews from a file, label them, and write them with the columns label and score.

    Args:
        classify: the pipeline.
        source: CSV, TSV, JSON Lines or Parquet, by its suffix.
        target: likewise.
        text_column: found by its usual names otherwise.
        title_column: found by its usual names otherwise.
        progress: called after each batch with the number of its reviews.

    Returns:
        How many reviews were scored.

    Raises:
        SentimentError: a file or column is not as it must be, or a review is empty.
    """
    kind = FORMATS.get(Path(target).suffix.lower())
    if kind is None:
        raise SentimentError(f"{target} is none of {', '.join(FORMATS)}: give the output one of these suffixes.")
    if not Path(source).is_file():
        raise SentimentError(f"There is no file {source}; check the path.")
    data = next(iter(read_source(str(source)).values()))
    text = find_column(data.column_names, text_column, TEXT_NAMES, "text", str(source))
    title = find_column(data.column_names, title_column, TITLE_NAMES, "title", str(source))
    if text is None:
        raise SentimentError(
            f"No text column was found in {source}; it has {', '.join(data.column_names)}. Name it with --text-column."
        )
    titles = data[title][:] if title else [None] * len(data)
    reviews = [{"text": body, "title": head} for body, head in zip(data[text][:], titles, strict=True)]
    answers = classify(reviews, progress=progress)
    data = data.remove_columns([name for name in ("label", "score") if name in data.column_names])
    for name in ("label", "score"):
        data = data.add_column(name, [answer[name] for answer in answers])
    try:
        if kind == "parquet":
            data.to_parquet(target)
        elif kind == "json":
            data.to_json(target, force_ascii=False)
        else:
            data.to_csv(target, sep="\t" if str(target).lower().endswith(".tsv") else ",")
    except OSError as error:
        raise SentimentError(f"{target} cannot be written ({error.strerror}): give another --output.") from error
    return len(data)

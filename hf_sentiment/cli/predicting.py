"""`hf-sentiment predict`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from hf_sentiment.cli.output import Commands, add_header, as_document, chosen, progress_bar, show
from hf_sentiment.errors import SentimentError

if TYPE_CHECKING:
    from tqdm import tqdm

    from hf_sentiment.inference.pipeline import SentimentPipeline


FILE_OPTIONS = ("text_column", "title_column", "header", "resume", "overwrite", "escape_formulas")


def add_commands(commands: Commands) -> None:
    """Add the command to the parser's subparsers."""
    predict = commands.add_parser("predict", help="label reviews from arguments, standard input or a file")
    predict.add_argument("text", nargs="*", help="reviews; without any, they are read from standard input")
    predict.add_argument("--adapter", default="default", help='"default", a folder or a Hub id (default: "default")')
    predict.add_argument("--revision", help="branch, tag or commit of the adapter on the Hub")
    predict.add_argument(
        "--backend",
        default="torch",
        help="torch, or openvino, which is several times as fast on a CPU (default: torch)",
    )
    predict.add_argument("--input", metavar="FILE", help="CSV, TSV, JSON, Parquet or Excel file with reviews")
    predict.add_argument(
        "--output", metavar="FILE", help="file to write: the input's columns, a label, its score, a score per label"
    )
    earlier = predict.add_mutually_exclusive_group()
    earlier.add_argument("--resume", action="store_true", help="resume an interrupted run over --input")
    earlier.add_argument("--overwrite", action="store_true", help="replace --output, and discard an interrupted run")
    predict.add_argument("--text-column", metavar="NAME", help="text column of --input (default: found by usual names)")
    predict.add_argument(
        "--title-column", metavar="NAME", help="title column of --input (default: found by usual names)"
    )
    add_header(predict)
    predict.add_argument(
        "--escape-formulas",
        action="store_true",
        help="put an apostrophe before cells of a CSV --output that a spreadsheet would run as formulas",
    )
    predict.add_argument("--json", action="store_true", help="print the result as JSON")
    predict.set_defaults(run=_predict)


def _predict(parsed: argparse.Namespace) -> int:
    if (parsed.input is None) != (parsed.output is None):
        raise SentimentError("--input and --output must be given together: the file to read and the file to write.")
    if parsed.input is not None and parsed.text:
        raise SentimentError("Give reviews as arguments or a file with --input, not both.")
    for number, text in enumerate(parsed.text, 1):
        _require_text(text, f"Review {number}")
    if parsed.input is not None:
        from hf_sentiment.scoring.score_file import check_files

        # Before torch is imported and the adapter is read.
        check_files(parsed.input, parsed.output, **chosen(parsed, *FILE_OPTIONS))
    from hf_sentiment import load

    classify = load(parsed.adapter, revision=parsed.revision, backend=parsed.backend)
    if parsed.input is not None:
        return _predict_file(classify, parsed)
    if parsed.json:
        print(as_document(classify(parsed.text or list(_piped_reviews()))))
        return 0
    # Answer each line as it comes, so that `tail -f | hf-sentiment predict` works.
    for text in parsed.text or _typed_reviews():
        answer = classify(text)[0]
        print(f"{answer['label']}  {answer['score']:.3f}  {' '.join(text.split())[:100]}", flush=True)
    return 0


def _predict_file(classify: "SentimentPipeline", parsed: argparse.Namespace) -> int:
    from hf_sentiment.reviews.row_files.open_rows import count_rows, open_rows
    from hf_sentiment.scoring.score_file import score_file

    # Counting reads the whole file, so do it only when a progress bar is shown.
    total = count_rows(open_rows(parsed.input, header=parsed.header)) if sys.stderr.isatty() else None
    with progress_bar("reviews", total) as bar:
        options = chosen(parsed, *FILE_OPTIONS)
        result = score_file(classify, parsed.input, parsed.output, **options, progress=_move(bar))
    text = f"{result.rows} reviews scored: {result.output}"
    if result.was_complete:
        text = f"Nothing to do, {result.output} is complete: {result.rows} reviews."
    if result.rejected:
        text += f"\n{result.rejected} rows could not be scored: {result.rejects}"
    text += "".join(f"\n{note}" for note in result.notes)
    document = {name: value for name, value in asdict(result).items() if name != "was_complete"}
    if not result.notes:
        del document["notes"]
    show(document, text, parsed.json)
    return 0


def _piped_reviews() -> Iterator[str]:
    for number, line in enumerate(sys.stdin, 1):
        _require_text(line, f"Line {number} of the standard input")
        if line.strip():
            yield line.rstrip("\n")


def _require_text(text: str, name: str) -> None:
    """Refuse bytes that are no text, which Python reads as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SentimentError(f"{name} is not UTF-8: convert it, for example with iconv -f latin1 -t utf-8.") from None


def _typed_reviews() -> Iterator[str]:
    if not sys.stdin.isatty():
        yield from _piped_reviews()
        return
    print("Type a review and press Enter; an empty line quits.", file=sys.stderr)
    while True:
        try:
            text = input("review> ")
        except EOFError:
            return
        if not text.strip():
            return
        yield text


def _move(bar: "tqdm[None]") -> Callable[[int], None]:
    """A function that moves the bar to a number of rows.

    The rows of its first call were scored by an earlier run, and do not count toward the speed.
    """
    seen: int | None = None

    def done(rows: int) -> None:
        nonlocal seen
        if seen is None:
            bar.initial = bar.n = bar.last_print_n = rows
        else:
            bar.update(rows - seen)
        seen = rows

    return done

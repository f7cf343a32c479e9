"""`hf-sentiment predict`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hf_sentiment.cli.opening import AUTO, BACKENDS, TORCH, open_adapter, prepare
from hf_sentiment.cli.output import Commands, add_header, as_document, chosen, progress_bar, show
from hf_sentiment.cli.scaling import add_scale_options, is_folder_run, run_folder
from hf_sentiment.errors import SentimentError

if TYPE_CHECKING:
    from tqdm import tqdm

    from hf_sentiment.core.answers import Answer
    from hf_sentiment.inference.pipeline import SentimentPipeline
    from hf_sentiment.runtime import RuntimeClassifier

ANSWER_OPTIONS = ("top_k", "target_error", "explain")
# Of an explanation.
MOST_WORDS = 8
FILE_OPTIONS = ("text_column", "title_column", "header", "resume", "overwrite", "escape_formulas")


def add_commands(commands: Commands) -> None:
    """Add the command to the parser's subparsers."""
    predict = commands.add_parser("predict", help="label reviews from arguments, standard input or a file")
    predict.add_argument("text", nargs="*", help="reviews; without any, they are read from standard input")
    predict.add_argument(
        "--adapter", default="default", help="default, accurate, a folder, an export or a Hub id (default: %(default)s)"
    )
    predict.add_argument("--revision", help="branch, tag or commit of the adapter on the Hub")
    predict.add_argument(
        "--backend",
        choices=BACKENDS,
        default=AUTO,
        help="torch; openvino, which is several times as fast on a CPU; or onnx, which runs on ONNX Runtime; auto: "
        "openvino if installed, for single reviews once the adapter is prepared for it (default: auto)",
    )
    predict.add_argument(
        "--dtype", default="auto", help="auto, float32, bfloat16 (not with onnx), int8 (not with torch) (default: auto)"
    )
    predict.add_argument(
        "--device", help="for torch: cpu, cuda, cuda:1, ... (default: an accelerator, if there is one)"
    )
    predict.add_argument("--batch-size", type=int, metavar="N", help="reviews per batch (default: by their lengths)")
    predict.add_argument("--top-k", type=int, metavar="N", help="show this many labels of each review, highest first")
    predict.add_argument(
        "--target-error",
        type=float,
        metavar="E",
        help="mark reviews as undecided so that few others are wrong, e.g. 0.05",
    )
    predict.add_argument("--explain", action="store_true", help="show the words that contribute most to the label")
    predict.add_argument(
        "--input",
        metavar="FILE",
        help="CSV, TSV, JSON, Parquet or Excel file with reviews; or many: a folder, a pattern, a URI (s3://...)",
    )
    predict.add_argument(
        "--output",
        metavar="FILE",
        help="file to write: the input's columns, a label, its score, a score per label; for many files, a folder",
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
    add_scale_options(predict)
    predict.add_argument("--json", action="store_true", help="print the result as JSON")
    predict.set_defaults(run=_predict)


def _predict(parsed: argparse.Namespace) -> int:
    many = is_folder_run(parsed)
    _check(parsed, many)
    if many:
        return run_folder(parsed)
    classify = open_adapter(parsed)
    if parsed.input is not None:
        return _predict_file(classify, parsed)
    options = _given(parsed, *ANSWER_OPTIONS, "batch_size")
    if parsed.json:
        print(as_document(classify(parsed.text or list(_piped_reviews()), **options)), flush=True)
    else:
        # Answer each line as it comes, so that `tail -f | hf-sentiment predict` works.
        for text in parsed.text or _typed_reviews():
            print(_line(classify([text], **options)[0], text), flush=True)
    prepare(classify, parsed)
    return 0


def _check(parsed: argparse.Namespace, many: bool) -> None:
    """Refuse options that do not fit, before torch is imported and the adapter is read."""
    if (parsed.input is None) != (parsed.output is None):
        raise SentimentError("--input and --output must be given together: the file to read and the file to write.")
    if parsed.input is not None and parsed.text:
        raise SentimentError("Give reviews as arguments or a file with --input, not both.")
    for number, text in enumerate(parsed.text, 1):
        _require_text(text, f"Review {number}")
    if parsed.device is not None and parsed.backend not in (AUTO, TORCH):
        raise SentimentError(f"--device is for torch; {parsed.backend} runs on the CPU: leave one of them out.")
    if parsed.input is not None:
        for name in ANSWER_OPTIONS:
            if _given(parsed, name):
                raise SentimentError(
                    f"--{name.replace('_', '-')} is for single reviews; a scored file has a column per label."
                )
    if parsed.input is not None and not many:
        from hf_sentiment.scoring.score_file import check_files

        check_files(parsed.input, parsed.output, **chosen(parsed, *FILE_OPTIONS))


def _given(parsed: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The options among these that are given, as keyword arguments."""
    return {name: value for name, value in chosen(parsed, *names).items() if value is not None and value is not False}


def _line(answers: "Answer | list[Answer]", text: str) -> str:
    """A review's labels and scores, and the review; below it, the words that matter most."""
    entries = answers if isinstance(answers, list) else [answers]
    explained = entries[0].get("explanation", {"text": "", "words": []})
    parts = [f"{entry['label']}  {entry['score']:.3f}" for entry in entries]
    parts += ["undecided"] if entries[0].get("undecided") else []
    line = "  ".join([*parts, " ".join(text.split())[:100]])
    words = sorted(explained["words"], key=lambda word: -abs(word["weight"]))[:MOST_WORDS]
    shown = "  ".join(f"{explained['text'][word['start'] : word['end']]} {word['weight']:+.2f}" for word in words)
    return f"{line}\n    {shown}" if shown else line


def _predict_file(classify: "SentimentPipeline | RuntimeClassifier", parsed: argparse.Namespace) -> int:
    from hf_sentiment.reviews.row_files.open_rows import count_rows, open_rows
    from hf_sentiment.scoring.score_file import score_file

    # Counting reads the whole file, so do it only when a progress bar is shown.
    total = count_rows(open_rows(parsed.input, header=parsed.header)) if sys.stderr.isatty() else None
    with progress_bar("reviews", total) as bar:
        options = chosen(parsed, *FILE_OPTIONS, "batch_size")
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

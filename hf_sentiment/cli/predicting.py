"""`hf-sentiment predict`."""

import argparse
import json
import sys
from dataclasses import asdict

from hf_sentiment.cli.output import progress_bar, show
from hf_sentiment.errors import SentimentError


def add_commands(commands) -> None:
    """Add the command to the parser's subparsers."""
    predict = commands.add_parser("predict", help="label reviews: arguments, lines of standard input, or a file")
    predict.add_argument("text", nargs="*", help="reviews; without any, they are asked for or read from standard input")
    predict.add_argument("--adapter", default="default", help="default, a folder or a Hub id")
    predict.add_argument("--revision", help="of the adapter on the Hub")
    predict.add_argument("--backend", default="torch", help="torch")
    predict.add_argument("--input", help="a CSV, TSV, JSON Lines or Parquet file")
    predict.add_argument("--output", help="where the file goes with label, score and a score per class added")
    earlier = predict.add_mutually_exclusive_group()
    earlier.add_argument("--resume", action="store_true", help="go on with a run over --input that ended early")
    earlier.add_argument("--overwrite", action="store_true", help="replace --output, or a run that ended early")
    predict.add_argument("--text-column")
    predict.add_argument("--title-column")
    predict.add_argument("--json", action="store_true", help="print the answers as JSON")
    predict.set_defaults(run=_predict)


def _predict(parsed: argparse.Namespace) -> int:
    if (parsed.input is None) != (parsed.output is None):
        raise SentimentError("--input and --output go together: the file read, and the file written.")
    from hf_sentiment import load

    classify = load(parsed.adapter, revision=parsed.revision, backend=parsed.backend)
    if parsed.input is not None:
        return _predict_file(classify, parsed)
    if parsed.json:
        texts = parsed.text or [line.rstrip("\n") for line in sys.stdin if line.strip()]
        print(json.dumps(classify(texts), indent=2, ensure_ascii=False))
        return 0
    # Lines of a pipe are answered as they come, so that `tail -f | hf-sentiment predict` works.
    for text in parsed.text or _asked_for():
        answer = classify(text)[0]
        print(f"{answer['label']}  {answer['score']:.3f}  {' '.join(text.split())[:100]}", flush=True)
    return 0


def _predict_file(classify, parsed: argparse.Namespace) -> int:
    from hf_sentiment.scoring.score_file import count_rows, score_file

    # Who sees the bar wants to know how long it takes; nobody else pays for the counting.
    total = count_rows(parsed.input) if sys.stderr.isatty() else None
    with progress_bar("reviews", total) as bar:
        result = score_file(
            classify,
            parsed.input,
            parsed.output,
            text_column=parsed.text_column,
            title_column=parsed.title_column,
            resume=parsed.resume,
            overwrite=parsed.overwrite,
            progress=_follow(bar),
        )
    text = f"{result.rows} reviews scored: {result.output}"
    if result.was_complete:
        text = f"Nothing to do, {result.output} is complete: {result.rows} reviews."
    if result.rejected:
        text += f"\n{result.rejected} rows could not be scored: {result.rejects}"
    document = {name: value for name, value in asdict(result).items() if name != "was_complete"}
    show(document, text, parsed.json)
    return 0


def _asked_for():
    if not sys.stdin.isatty():
        yield from (line.rstrip("\n") for line in sys.stdin if line.strip())
        return
    print("Type a review and press Enter; an empty line ends.", file=sys.stderr)
    while True:
        try:
            text = input("review> ")
        except EOFError:
            return
        if not text.strip():
            return
        yield text


def _follow(bar):
    """A function to tell the bar how many rows are done; those of its first call are no measure of the speed."""
    seen = None

    def done(rows: int) -> None:
        nonlocal seen
        if seen is None:
            bar.initial = bar.n = bar.last_print_n = rows
        else:
            bar.update(rows - seen)
        seen = rows

    return done

"""The command `hf-sentiment`: parses, calls, prints. Heavy imports wait until a command needs them."""

import argparse
import json
import os
import sys
import warnings
from dataclasses import asdict
from functools import partial

from hf_sentiment.errors import SentimentError, require
from hf_sentiment.version import __version__

USER_ERROR, INTERRUPTED = 2, 130


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit status: 0, 2 for what the user can mend, 130 on Ctrl-C.
    """
    argv = sys.argv[1:] if argv is None else argv
    debug = "--debug" in argv
    argv = [word for word in argv if word != "--debug"]
    try:
        if argv[:1] in (["train"], ["search"]):
            command = partial(_train if argv[0] == "train" else _search, argv[1:])
        else:
            # Before anything heavy is imported: `--help` and a slip of the pen are answered at once.
            parsed = _parser().parse_args(argv)
            command = partial(parsed.run, parsed)
        if not debug:
            quiet()
        return command()
    except SentimentError as error:
        if debug:
            raise
        print(f"hf-sentiment: {' '.join(str(error).split())}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("hf-sentiment: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has gone (`| head`); Python would complain once more while it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def quiet() -> None:
    """Libraries' warnings and loading bars are for `--debug`; errors still come through."""
    import huggingface_hub
    import transformers

    warnings.simplefilter("ignore", FutureWarning)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    huggingface_hub.logging.set_verbosity_error()
    # datasets reads this when it is imported, later on; where it is there already, it is told.
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    if "datasets" in sys.modules:
        sys.modules["datasets"].disable_progress_bars()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hf-sentiment", description="LoRA sentiment adapters: train, measure, use.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--debug", action="store_true", help="show tracebacks and libraries' warnings")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    commands.add_parser("train", help="train an adapter (hf-sentiment train --help)", add_help=False)
    commands.add_parser("search", help="search for the best options (hf-sentiment search --help)", add_help=False)

    evaluate = commands.add_parser("evaluate", help="measure an adapter on labelled reviews")
    evaluate.add_argument("adapter", help="default, a folder or a Hub id")
    evaluate.add_argument("--dataset", required=True, help="demo, amazon_polarity, a file, a folder or a Hub id")
    evaluate.add_argument("--split", default="test")
    evaluate.add_argument("--size", type=int, help="most reviews, shuffled; all by default")
    evaluate.add_argument("--text-column")
    evaluate.add_argument("--title-column")
    evaluate.add_argument("--label-column")
    evaluate.add_argument("--label-map", help='source values to labels, e.g. "1=Negative,3=,5=Positive"')
    evaluate.add_argument("--output-dir", help="folder for report.json and the pictures")
    evaluate.add_argument("--json", action="store_true", help="print the report as JSON")
    evaluate.set_defaults(run=_evaluate)

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

    publish = commands.add_parser("publish", help="publish an adapter folder to the Hub in one commit")
    publish.add_argument("folder", metavar="DIR")
    publish.add_argument("repo", metavar="USER/NAME")
    publish.add_argument("--private", action="store_true")
    publish.add_argument("--create-pr", action="store_true", help="open a pull request instead of committing to main")
    publish.add_argument("--tag", help="a tag for the commit, such as v1")
    publish.add_argument(
        "--merged", action="store_true", help="publish the whole model instead, for loaders without PEFT"
    )
    publish.add_argument("--dry-run", action="store_true", help="say what the commit would hold; needs no network")
    publish.add_argument("--json", action="store_true", help="print the result as JSON")
    publish.set_defaults(run=_publish)

    export = commands.add_parser("export", help="write an adapter in a form that needs neither PEFT nor this package")
    export.add_argument("adapter", help="default, a folder or a Hub id")
    export.add_argument(
        "--format", default="merged", choices=["merged", "openvino", "onnx"], help="merged: a stock transformers model"
    )
    export.add_argument("--dtype", choices=["float32", "int8"], help="for openvino; float32 by default")
    export.add_argument("--revision", help="of the adapter on the Hub")
    export.add_argument("--output-dir", required=True)
    export.set_defaults(run=_export)

    app = commands.add_parser("app", help="show an adapter at work in the browser, with Streamlit")
    app.add_argument("--adapter", default="default", help="default, a folder or a Hub id")
    app.add_argument("--revision", help="of the adapter on the Hub")
    app.add_argument("--sarcasm", metavar="ADAPTER", help="a second adapter, which gives a hint of sarcasm")
    app.add_argument("--host", default="127.0.0.1", help="127.0.0.1: for this machine alone")
    app.add_argument("--port", type=int, default=8501)
    app.set_defaults(run=_app)
    return parser


def _train(argv: list[str]) -> int:
    from hf_sentiment.training import TrainArguments, train

    train(_options(argv, TrainArguments, "hf-sentiment train", train.__doc__))
    return 0


def _search(argv: list[str]) -> int:
    from hf_sentiment.training.search import SearchArguments, search

    search(_options(argv, SearchArguments, "hf-sentiment search", search.__doc__))
    return 0


def _options(argv: list[str], kind: type, prog: str, text: str):
    """Options from flags, or all of them from one YAML or JSON file."""
    from transformers import HfArgumentParser

    if len(argv) == 1 and argv[0].endswith((".yaml", ".yml", ".json")):
        return kind.from_file(argv[0])
    parser = HfArgumentParser(kind, prog=prog, description=text.splitlines()[0])
    return kind(**vars(parser.parse_args(argv)))


def _evaluate(parsed: argparse.Namespace) -> int:
    from hf_sentiment.evaluation import evaluate_adapter
    from hf_sentiment.reviews import Columns

    with _progress("reviews") as bar:
        report = evaluate_adapter(
            parsed.adapter,
            parsed.dataset,
            split=parsed.split,
            size=parsed.size,
            columns=Columns(parsed.text_column, parsed.title_column, parsed.label_column),
            label_map=parsed.label_map,
            output_dir=parsed.output_dir,
            progress=bar.update,
        )
    print(json.dumps(report.to_dict(), indent=2, ensure_ascii=False) if parsed.json else report.table())
    return 0


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
    from hf_sentiment.files import count_rows, score_file

    # Who sees the bar wants to know how long it takes; nobody else pays for the counting.
    total = count_rows(parsed.input) if sys.stderr.isatty() else None
    with _progress("reviews", total) as bar:
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
    _show(document, text, parsed.json)
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


def _publish(parsed: argparse.Namespace) -> int:
    from hf_sentiment.hub import publish

    result = publish(
        parsed.folder,
        parsed.repo,
        private=parsed.private,
        create_pr=parsed.create_pr,
        tag=parsed.tag,
        merged=parsed.merged,
        dry_run=parsed.dry_run,
    )
    lines = [f"{size:>10,}  {name}" for name, size in result.files.items()]
    if parsed.dry_run:
        lines.append(
            f"Dry run: nothing was sent. One commit to {result.repo} would hold these {len(result.files)} files."
        )
    else:
        lines.append(f"Published and read back: {result.url} (commit {result.commit[:8]})")
    _show(asdict(result), "\n".join(lines), parsed.json)
    return 0


def _export(parsed: argparse.Namespace) -> int:
    from hf_sentiment.adapter import load_adapter
    from hf_sentiment.exports import EXPORTS
    from hf_sentiment.folder import find_adapter

    if parsed.dtype and parsed.format != "openvino":
        raise SentimentError(f"--dtype belongs to --format openvino; {parsed.format} is written in float32.")
    options = {"dtype": parsed.dtype} if parsed.dtype else {}
    loaded = load_adapter(find_adapter(parsed.adapter, parsed.revision))
    folder = EXPORTS[parsed.format](loaded, parsed.output_dir, **options)
    if parsed.format == "merged":
        print(f'Merged model: {folder}; load it with pipeline("text-classification", model="{folder}").')
        return 0
    check = json.loads((folder / "check.json").read_text())
    print(
        f"{parsed.format} model: {folder}; on {check['rows']} sample reviews its labels agree with torch's on "
        f"{check['label_agreement']:.1%}, and scores differ by at most {check['largest_score_difference']:.2g}."
    )
    return 0


def _app(parsed: argparse.Namespace) -> int:
    require("streamlit", "app", "The app")
    from hf_sentiment.streamlit_app.start import start

    return start(parsed.adapter, parsed.revision, parsed.sarcasm, parsed.host, parsed.port)


def _show(document: dict, text: str, as_json: bool) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False) if as_json else text)


def _progress(unit: str, total: int | None = None):
    from tqdm import tqdm

    return tqdm(total=total, unit=f" {unit}", disable=None, file=sys.stderr)


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


if __name__ == "__main__":
    sys.exit(main())

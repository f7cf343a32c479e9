"""`hf-sentiment evaluate` and `compare`."""

import argparse
from pathlib import Path
from typing import Any

from hf_sentiment.cli.output import Commands, add_header, progress_bar, show


def add_commands(commands: Commands) -> None:
    """Add the commands to the parser's subparsers."""
    evaluate = commands.add_parser("evaluate", help="evaluate an adapter on labelled reviews")
    evaluate.add_argument("adapter", help="default, accurate, a folder or a Hub id")
    _add_rows(evaluate)
    evaluate.add_argument("--no-texts", action="store_true", help="leave review texts out of the report")
    evaluate.add_argument("--output-dir", help="folder for report.json and the pictures")
    evaluate.add_argument(
        "--add-to-card", metavar="NAME", help="add the numbers to the adapter folder's card, under this name"
    )
    evaluate.add_argument("--json", action="store_true", help="print the report as JSON")
    evaluate.set_defaults(run=_evaluate)

    compare = commands.add_parser("compare", help="compare two adapters on the same reviews, with a significance test")
    compare.add_argument("first", help="default, accurate, a folder or a Hub id")
    compare.add_argument("second", help="default, accurate, a folder or a Hub id")
    compare.add_argument("--second-revision", metavar="REVISION", help="branch, tag or commit of the second adapter")
    _add_rows(compare)
    compare.add_argument("--output-dir", help="folder for comparison.json and comparison.txt")
    compare.add_argument("--json", action="store_true", help="print the comparison as JSON")
    compare.set_defaults(run=_compare)


def _add_rows(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", required=True, help="demo, amazon_polarity, a file, a folder or a Hub id")
    parser.add_argument("--split", default="test")
    parser.add_argument("--size", type=int, help="maximum number of reviews, drawn at random; all by default")
    parser.add_argument("--text-column")
    parser.add_argument("--title-column")
    parser.add_argument("--label-column")
    add_header(parser)
    parser.add_argument("--rejects", metavar="FILE", help="write the rows that are lost to a JSON Lines file")
    parser.add_argument("--label-map", help='source values to labels, e.g. "1=Negative,3=,5=Positive"')
    parser.add_argument("--slice-column", action="append", help="a column to slice the numbers by; can be repeated")
    parser.add_argument("--revision", help="branch, tag or commit of the (first) adapter on the Hub")
    parser.add_argument("--backend", choices=["torch", "openvino", "onnx"], default="torch", help="(default: torch)")
    parser.add_argument(
        "--dtype",
        default="float32",
        help="float32, whose numbers are the same on every machine; auto, bfloat16 or int8 (default: float32)",
    )
    parser.add_argument("--device", help="for torch: cpu, cuda, ... (default: an accelerator, if there is one)")


def _options(parsed: argparse.Namespace) -> dict[str, Any]:
    """The keywords that `evaluate_adapter` and `compare` share."""
    from hf_sentiment.reviews.columns import Columns

    columns = (parsed.text_column, parsed.title_column, parsed.label_column)
    return {
        "split": parsed.split,
        "size": parsed.size,
        "columns": Columns(*columns, tuple(parsed.slice_column) if parsed.slice_column else None),
        "label_map": parsed.label_map,
        "header": parsed.header,
        "rejects": parsed.rejects,
        "output_dir": parsed.output_dir,
        "loading": {name: getattr(parsed, name) for name in ("revision", "backend", "dtype", "device")},
    }


def _check(parsed: argparse.Namespace) -> None:
    """Refuse a mistake in the options before torch is imported."""
    from hf_sentiment.reviews.left_out import RejectsFile
    from hf_sentiment.reviews.row_files.open_rows import open_rows
    from hf_sentiment.reviews.sources import check_path

    check_path(parsed.dataset)
    path = Path(parsed.dataset).expanduser()
    if path.is_file():
        open_rows(path, header=parsed.header)
    if parsed.rejects:
        RejectsFile(parsed.rejects)


def _evaluate(parsed: argparse.Namespace) -> int:
    _check(parsed)
    from hf_sentiment.evaluation import evaluate_adapter

    with progress_bar("reviews") as bar:
        report = evaluate_adapter(
            parsed.adapter,
            parsed.dataset,
            **_options(parsed),
            texts=not parsed.no_texts,
            progress=bar.update,
        )
    if parsed.add_to_card:
        from hf_sentiment.hub import add_to_card

        add_to_card(parsed.adapter, parsed.add_to_card, report, tuple(parsed.slice_column or ()))
    show(report.to_dict(), report.table(), parsed.json)
    return 0


def _compare(parsed: argparse.Namespace) -> int:
    _check(parsed)
    from hf_sentiment.evaluation import compare

    with progress_bar("reviews") as bar:
        result = compare(
            parsed.first,
            parsed.second,
            parsed.dataset,
            **_options(parsed),
            second_revision=parsed.second_revision,
            progress=bar.update,
        )
    show(result.to_dict(), result.table(), parsed.json)
    return 0

"""`hf-sentiment evaluate`."""

import argparse
import json

from hf_sentiment.cli.output import progress_bar


def add_commands(commands) -> None:
    """Add the command to the parser's subparsers."""
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


def _evaluate(parsed: argparse.Namespace) -> int:
    from hf_sentiment.evaluation import evaluate_adapter
    from hf_sentiment.reviews import Columns

    with progress_bar("reviews") as bar:
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

"""`hf-sentiment suggest` and `audit`."""

import argparse

from hf_sentiment.cli.output import Commands, add_header, chosen, progress_bar, show

WRITING = ("output", "overwrite", "escape_formulas")
NONE = "none"


def add_commands(commands: Commands) -> None:
    """Add the commands to the parser's subparsers."""
    suggest = commands.add_parser("suggest", help="suggest which reviews of a file to label next")
    suggest.add_argument("adapter", help="default, accurate, a folder or a Hub id")
    suggest.add_argument("--revision", help="branch, tag or commit of the adapter on the Hub")
    suggest.add_argument(
        "--input", required=True, metavar="FILE", help="CSV, TSV, JSON, Parquet or Excel file with reviews"
    )
    suggest.add_argument("--count", type=int, default=50, help="maximum number of reviews to suggest (default: 50)")
    suggest.add_argument("--text-column", metavar="NAME", help="text column of --input (default: found by usual names)")
    suggest.add_argument(
        "--title-column", metavar="NAME", help="title column of --input (default: found by usual names)"
    )
    _add_writing(suggest, "the suggested rows, with an empty column label to fill in, which train reads")
    suggest.set_defaults(run=_suggest)

    audit = commands.add_parser("audit", help="find labels that are probably wrong, by cross-validation")
    audit.add_argument("--dataset", required=True, help="demo, amazon_polarity, a file, a folder or a Hub id")
    audit.add_argument(
        "--adapter",
        default="default",
        help="whose base and scores to use: default, accurate, a folder or a Hub id; none for the embedded base alone, "
        "if the adapter was trained on these rows (default: default)",
    )
    audit.add_argument("--folds", type=int, default=5, help="of the cross-validation (default: 5)")
    audit.add_argument("--split", default="train", help="of a dataset with several splits (default: train)")
    audit.add_argument("--text-column")
    audit.add_argument("--title-column")
    audit.add_argument("--label-column")
    audit.add_argument("--label-map", help='source values to labels, e.g. "1=Negative,3=,5=Positive"')
    _add_writing(audit, "all labelled rows, the most doubtful first, with the proposed labels")
    audit.set_defaults(run=_audit)


def _add_writing(parser: argparse.ArgumentParser, what: str) -> None:
    add_header(parser)
    parser.add_argument("--output", metavar="FILE", help=f"CSV, TSV, JSON Lines or Parquet file to write: {what}")
    parser.add_argument("--overwrite", action="store_true", help="replace --output")
    parser.add_argument(
        "--escape-formulas",
        action="store_true",
        help="put an apostrophe before cells of a CSV --output that a spreadsheet would run as formulas",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _suggest(parsed: argparse.Namespace) -> int:
    options = chosen(parsed, *WRITING, "text_column", "title_column", "header")
    from hf_sentiment.labelling.check import check_suggest

    # Before torch is imported and the adapter is read.
    check_suggest(parsed.input, parsed.count, **options)
    from hf_sentiment import load
    from hf_sentiment.labelling import suggest

    classify = load(parsed.adapter, revision=parsed.revision)
    with progress_bar("reviews") as bar:
        found = suggest(classify, parsed.input, parsed.count, **options, progress=bar.update)
    lines = [f"{len(found.rows):,} of {found.scored:,} reviews to label: {found.output}"] if found.output else []
    show(found.to_dict(), "\n".join([*(lines or [found.table()]), *found.notes]), parsed.json)
    return 0


def _audit(parsed: argparse.Namespace) -> int:
    from hf_sentiment.labelling.check import check_audit
    from hf_sentiment.reviews.columns import Columns
    from hf_sentiment.reviews.options import DataOptions

    columns = Columns(parsed.text_column, parsed.title_column, parsed.label_column)
    reading = {"columns": columns, **chosen(parsed, "label_map", "header")}
    writing = chosen(parsed, *WRITING)
    # Before torch is imported and the adapter is read.
    check_audit(DataOptions(parsed.dataset, **reading), parsed.folds, **writing)
    from hf_sentiment.labelling import audit

    adapter = None if parsed.adapter == NONE else parsed.adapter
    with progress_bar("reviews") as bar:
        found = audit(
            parsed.dataset,
            adapter=adapter,
            folds=parsed.folds,
            split=parsed.split,
            **reading,
            **writing,
            progress=bar.update,
        )
    lines = [f"All {found.judged:,} rows, the most doubtful first: {found.output}"] if found.output else []
    show(found.to_dict(), "\n".join([found.table(), *lines, *found.notes]), parsed.json)
    return 0

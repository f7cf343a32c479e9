"""`hf-sentiment publish` and `export`: upload an adapter to the Hub, or write it for other runtimes."""

import argparse
import json
from dataclasses import asdict

from hf_sentiment.cli.output import Commands, chosen, show
from hf_sentiment.errors import SentimentError


def add_commands(commands: Commands) -> None:
    """Add the commands to the parser's subparsers."""
    publish = commands.add_parser("publish", help="publish an adapter folder to the Hub in one commit")
    publish.add_argument("folder", metavar="DIR")
    publish.add_argument("repo", metavar="USER/NAME")
    publish.add_argument("--private", action="store_true")
    publish.add_argument("--create-pr", action="store_true", help="open a pull request instead of committing to main")
    publish.add_argument("--tag", help="a tag for the commit, such as v1")
    publish.add_argument("--merged", action="store_true", help="publish the whole model instead, for use without PEFT")
    publish.add_argument(
        "--dry-run", action="store_true", help="list the files that the commit would contain; needs no network"
    )
    publish.add_argument(
        "--timeout", type=float, default=1800.0, metavar="SECONDS", help="for the whole publication; 1800 by default"
    )
    publish.add_argument("--json", action="store_true", help="print the result as JSON")
    publish.set_defaults(run=_publish)

    export = commands.add_parser("export", help="write an adapter in a format that needs neither PEFT nor this package")
    export.add_argument("adapter", help="default, a folder or a Hub id")
    export.add_argument(
        "--format", default="merged", choices=["merged", "openvino", "onnx"], help="merged: a stock transformers model"
    )
    export.add_argument("--dtype", choices=["float32", "int8"], help="for openvino; float32 by default")
    export.add_argument("--revision", help="branch, tag or commit of the adapter on the Hub")
    export.add_argument("--output-dir", required=True)
    export.set_defaults(run=_export)


def _publish(parsed: argparse.Namespace) -> int:
    from hf_sentiment.hub import publish

    options = chosen(parsed, "private", "create_pr", "tag", "merged", "dry_run", "timeout")
    result = publish(parsed.folder, parsed.repo, **options)
    lines = [f"{size:>10,}  {name}" for name, size in result.files.items()]
    if parsed.dry_run:
        lines.append(
            f"Dry run: nothing was sent. One commit to {result.repo} would contain these {len(result.files)} files."
        )
    else:
        lines.append(f"Published and checked: {result.url} (commit {(result.commit or '')[:8]})")
    show(asdict(result), "\n".join(lines), parsed.json)
    return 0


def _export(parsed: argparse.Namespace) -> int:
    from hf_sentiment.adapter.folder import find_adapter
    from hf_sentiment.adapter.loading import load_adapter
    from hf_sentiment.exports import EXPORTS
    from hf_sentiment.reports.names import percent

    if parsed.dtype and parsed.format != "openvino":
        raise SentimentError(f"--dtype applies only to --format openvino; {parsed.format} is written in float32.")
    options = {"dtype": parsed.dtype} if parsed.dtype else {}
    loaded = load_adapter(find_adapter(parsed.adapter, parsed.revision))
    folder = EXPORTS[parsed.format](loaded, parsed.output_dir, **options)
    if parsed.format == "merged":
        print(f'Merged model: {folder}; load it with pipeline("text-classification", model="{folder}").')
        return 0
    check = json.loads((folder / "check.json").read_text())
    print(
        f"{parsed.format} model: {folder}; on {check['rows']} sample reviews its labels agree with torch's on "
        f"{percent(check['label_agreement'])}, and scores differ by at most {check['largest_score_difference']:.2g}."
    )
    return 0

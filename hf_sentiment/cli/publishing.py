"""`hf-sentiment publish`, `space` and `export`: an adapter for the Hub, its app there, or files for other runtimes."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from hf_sentiment.cli.output import Commands, chosen, show
from hf_sentiment.errors import SentimentError

if TYPE_CHECKING:
    from hf_sentiment.hub import PublishResult


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
        "--onnx", action="store_true", help="with --merged: also as ONNX, for transformers.js and hf_sentiment.runtime"
    )
    publish.add_argument(
        "--endpoint",
        action="store_true",
        help="also handler.py, requirements.txt and this package's code, for Hugging Face Inference Endpoints; the "
        "endpoint needs Python 3.11 and a server that runs with transformers 5",
    )
    publish.add_argument(
        "--dry-run", action="store_true", help="list the files that the commit would contain; needs no network"
    )
    publish.add_argument(
        "--timeout", type=float, default=1800.0, metavar="SECONDS", help="for the whole publication; 1800 by default"
    )
    publish.add_argument("--json", action="store_true", help="print the result as JSON")
    publish.set_defaults(run=_publish)

    space = commands.add_parser("space", help="make or update a Docker Space with the app for an adapter")
    space.add_argument("repo", metavar="USER/NAME")
    space.add_argument("--adapter", default="default", help="default, accurate or a Hub id")
    space.add_argument("--private", action="store_true", help="create the Space as a private one")
    space.add_argument(
        "--dry-run", action="store_true", help="list the files that the commit would contain; needs no network"
    )
    space.add_argument(
        "--timeout", type=float, default=1800.0, metavar="SECONDS", help="for all of it; 1800 by default"
    )
    space.add_argument("--json", action="store_true", help="print the result as JSON")
    space.set_defaults(run=_space)

    export = commands.add_parser("export", help="write an adapter in a format that needs neither PEFT nor this package")
    export.add_argument("adapter", help="default, accurate, a folder or a Hub id")
    export.add_argument(
        "--format", default="merged", choices=["merged", "openvino", "onnx"], help="merged: a stock transformers model"
    )
    export.add_argument("--dtype", choices=["float32", "int8"], help="for openvino and onnx; float32 by default")
    export.add_argument("--revision", help="branch, tag or commit of the adapter on the Hub")
    export.add_argument("--output-dir", required=True)
    export.set_defaults(run=_export)


def _publish(parsed: argparse.Namespace) -> int:
    from hf_sentiment.hub import publish

    options = chosen(parsed, "private", "create_pr", "tag", "merged", "onnx", "endpoint", "dry_run", "timeout")
    _show_result(publish(parsed.folder, parsed.repo, **options), parsed.json)
    return 0


def _space(parsed: argparse.Namespace) -> int:
    from hf_sentiment.hub import publish_space

    options = chosen(parsed, "adapter", "private", "dry_run", "timeout")
    _show_result(publish_space(parsed.repo, **options), parsed.json)
    return 0


def _show_result(result: "PublishResult", as_json: bool) -> None:
    lines = [f"{size:>10,}  {name}" for name, size in result.files.items()] + result.notes
    if result.commit is None:
        lines.append(
            f"Dry run: nothing was sent. One commit to {result.repo} would contain these {len(result.files)} files."
        )
    elif result.changed:
        lines.append(f"Published and checked: {result.url} (commit {result.commit[:8]})")
    else:
        lines.append(f"Nothing to change: {result.url} holds these files (commit {result.commit[:8]})")
    show(asdict(result), "\n".join(lines), as_json)


def _export(parsed: argparse.Namespace) -> int:
    from hf_sentiment.adapter.folder import find_adapter
    from hf_sentiment.adapter.loading import load_adapter
    from hf_sentiment.exports import export_graph, export_merged
    from hf_sentiment.reports.names import percent

    if parsed.dtype and parsed.format == "merged":
        raise SentimentError("--dtype applies to --format openvino and onnx; a merged model is written in float32.")
    loaded = load_adapter(find_adapter(parsed.adapter, parsed.revision))
    if parsed.format == "merged":
        folder = export_merged(loaded, parsed.output_dir)
        print(f'Merged model: {folder}; load it with pipeline("text-classification", model="{folder}").')
        return 0
    folder = export_graph(loaded, parsed.output_dir, parsed.format, parsed.dtype or "float32")
    check = json.loads((folder / "check.json").read_text())
    print(
        f"{parsed.format} model: {folder}; on {check['rows']} sample reviews its labels agree with torch's on "
        f"{percent(check['label_agreement'])}, and scores differ by at most {check['largest_score_difference']:.2g}."
    )
    return 0

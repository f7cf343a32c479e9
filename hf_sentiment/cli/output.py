"""What commands share: an option, one document or text on stdout, a progress bar on stderr."""

import argparse
import codecs
import json
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from hf_sentiment.cli.parser import Parser

if TYPE_CHECKING:
    from tqdm import tqdm

# Seconds between lines of progress in a log.
LOG_INTERVAL = 30.0
# The argument of each module's `add_commands`.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def chosen(parsed: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Some options of a command, as keyword arguments."""
    return {name: getattr(parsed, name) for name in names}


def add_header(parser: argparse.ArgumentParser) -> None:
    """Add the option that says that a file has no header."""
    parser.add_argument(
        "--no-header",
        dest="header",
        action="store_false",
        help="the file is CSV, TSV or Excel without a header: its columns are named by their numbers, from 1",
    )


def show(document: dict[str, Any], text: str, as_json: bool) -> None:
    """Print the document as JSON, or its text."""
    print(as_document(document) if as_json else text)


def as_document(value: object) -> str:
    """A value as the JSON document that a command prints."""
    # An output of another encoding, such as ASCII, cannot hold every character, but JSON can spell each.
    return json.dumps(value, indent=2, ensure_ascii=codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8")


def progress_bar(unit: str, total: int | None = None) -> "tqdm[Any]":
    """A progress bar on stderr; where that is not a terminal, a line each half minute."""
    from tqdm import tqdm

    class Lines(tqdm):
        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            self.fp.write(f"{msg or self}\n")
            self.fp.flush()

    if sys.stderr.isatty():
        return tqdm(total=total, unit=f" {unit}", file=sys.stderr)
    return Lines(
        total=total,
        unit=f" {unit}",
        file=sys.stderr,
        delay=LOG_INTERVAL,
        mininterval=LOG_INTERVAL,
        # Look at the clock whenever something is done.
        miniters=1,
        bar_format="{n_fmt}{unit}, {elapsed}, {rate_fmt}",
        leave=False,
    )

"""What commands share: an option, one document or text on stdout, a progress bar on stderr."""

import argparse
import codecs
import json
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tqdm import tqdm

# The argument of each module's `add_commands`.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


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
    """A progress bar on stderr, or none if stderr is not a terminal."""
    from tqdm import tqdm

    return tqdm(total=total, unit=f" {unit}", disable=None, file=sys.stderr)

"""What commands share: an option, one document or text on stdout, a progress bar on stderr."""

import argparse
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
    print(json.dumps(document, indent=2, ensure_ascii=False) if as_json else text)


def progress_bar(unit: str, total: int | None = None) -> "tqdm[Any]":
    """A progress bar on stderr, or none if stderr is not a terminal."""
    from tqdm import tqdm

    return tqdm(total=total, unit=f" {unit}", disable=None, file=sys.stderr)

"""What commands write: one document or text on stdout, a bar on stderr."""

import json
import sys


def show(document: dict, text: str, as_json: bool) -> None:
    """Print the document, or its text."""
    print(json.dumps(document, indent=2, ensure_ascii=False) if as_json else text)


def progress_bar(unit: str, total: int | None = None):
    """A bar on stderr; none where nobody looks at it."""
    from tqdm import tqdm

    return tqdm(total=total, unit=f" {unit}", disable=None, file=sys.stderr)

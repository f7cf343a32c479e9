"""The names under which clients ask for adapters."""

import re
from collections.abc import Sequence

from hf_sentiment.errors import SentimentError

# No slash, and no leading dot: a name is never a path.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# Name -> the adapter's Hub id or folder, and its revision.
Named = dict[str, tuple[str, str | None]]


def named_adapters(given: Sequence[str], revision: str | None = None) -> Named:
    """The adapters that "[NAME=]ADAPTER" stand for: name -> source and revision.

    Raises:
        SentimentError: a name is invalid or is given twice, or a revision is given for several adapters.
    """
    found: Named = {}
    for each in given:
        name, sign, source = each.partition("=")
        if not sign:
            source = each
            name = re.sub(r"[^A-Za-z0-9._-]+", "-", each.rstrip("/").rpartition("/")[2]).strip("-.") or "adapter"
        if not check_name(name):
            raise SentimentError(
                f"{name!r} cannot be the name of an adapter: give letters, digits, '.', '_' and '-', 64 at most."
            )
        if name in found:
            raise SentimentError(f"Two adapters are named {name!r}: name them, NAME=ADAPTER.")
        found[name] = (source, revision)
    if revision is not None and len(found) > 1:
        raise SentimentError("revision is for one adapter; several are named.")
    return found


def check_name(name: str) -> bool:
    """Whether clients can ask for an adapter under a name."""
    return NAME.fullmatch(name) is not None

"""The adapters that a server has in memory."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hf_sentiment.core.backend import Backend
from hf_sentiment.core.batching import TOKEN_BUDGET
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.errors import SentimentError
from hf_sentiment.serving.refusals import RefusedError, not_ready, unknown_adapter

# No slash, and no leading dot: a name is never a path.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, eq=False)
class ServedAdapter:
    """An adapter in memory.

    Attributes:
        name: under which clients ask for it.
        source: the Hub id or folder that it comes from.
        revision: asked for.
        identity: what affects its scores, see `RuntimeClassifier.identity`.
        scorer: its tokenizer, template, window and calibration.
        together: adapters for which it is the same can be in one batch.
        key: its name in such a batch.
        batch_tokens: padded tokens in a batch.
        backend_for: the backend for windows of the adapters with these keys, by the windows' indices.
    """

    name: str
    source: str
    revision: str | None
    identity: dict[str, str]
    scorer: ReviewScorer
    together: Hashable
    key: str = ""
    batch_tokens: int = TOKEN_BUDGET
    backend_for: Callable[[Mapping[int, str]], Backend] = field(repr=False, default=None)  # type: ignore[assignment]

    @property
    def special_tokens(self) -> int:
        """Of each window."""
        return self.scorer.encoder.layout.special_tokens


class AdapterSource(Protocol):
    """Opens adapters, see `opening`. Its methods block.

    Attributes:
        lanes: threads that compute at the same time.
    """

    lanes: int

    def open(self, named: dict[str, tuple[str, str | None]]) -> list[ServedAdapter]:
        """Open the adapters that the server starts with: name -> source and revision."""
        ...

    def add(self, name: str, source: str, revision: str | None) -> ServedAdapter:
        """Open one more."""
        ...

    def remove(self, adapter: ServedAdapter) -> None:
        """Free the memory of one."""
        ...


class Registry:
    """Adapters by name; only the event loop changes it."""

    def __init__(self) -> None:
        self._adapters: dict[str, ServedAdapter] = {}

    @property
    def names(self) -> list[str]:
        """All names, the first one's first: it answers where a protocol names none."""
        return list(self._adapters)

    def all(self) -> list[ServedAdapter]:
        """All adapters."""
        return list(self._adapters.values())

    def get(self, name: str | None = None) -> ServedAdapter:
        """An adapter by name; without one, the first.

        Raises:
            RefusedError: there is no such adapter, or none at all yet.
        """
        if not self._adapters:
            raise not_ready("The adapters are being loaded.")
        if name is None:
            return next(iter(self._adapters.values()))
        if name not in self._adapters:
            raise unknown_adapter(name[:64], self.names)
        return self._adapters[name]

    def put(self, adapter: ServedAdapter) -> None:
        """Add an adapter."""
        self._adapters[adapter.name] = adapter

    def take(self, name: str) -> ServedAdapter:
        """Remove an adapter; it answers no new requests.

        Raises:
            RefusedError: there is no such adapter, or it is the only one.
        """
        found = self.get(name)
        if len(self._adapters) == 1:
            raise RefusedError(f"{name!r} is the only adapter: load another one first.", 409)
        del self._adapters[name]
        return found


def named_adapters(given: Sequence[str], revision: str | None = None) -> dict[str, tuple[str, str | None]]:
    """The adapters that "[NAME=]ADAPTER" stand for: name -> source and revision.

    Raises:
        SentimentError: a name is invalid or is given twice, or a revision is given for several adapters.
    """
    found: dict[str, tuple[str, str | None]] = {}
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

"""Open adapters on torch: one merged into its base, or several on one copy of it."""

import threading
from typing import TYPE_CHECKING

from hf_sentiment.backends.runtimes import AUTO
from hf_sentiment.errors import SentimentError
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.names import Named
from hf_sentiment.serving.opener import Opener, logits_of, served_alone

if TYPE_CHECKING:
    from hf_sentiment.adapter.shared_base import SharedBase
    from hf_sentiment.inference.members import Member


class MergedOpener(Opener):
    """One adapter merged into its base, on torch."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def add(self, name: str, source: str, revision: str | None) -> ServedAdapter:
        """See `Opener`; each further adapter is a copy of the base, too."""
        import hf_sentiment

        classify = hf_sentiment.load(source, revision, dtype=self.dtype)
        return served_alone(name, source, revision, classify.scorer, classify.identity())


class SharedOpener(Opener):
    """Several adapters on one copy of their base, on torch, mixed in a batch where PEFT can."""

    def __init__(self, dtype: str) -> None:
        if dtype not in (AUTO, "float32"):
            raise SentimentError(f"Several adapters on one base run in float32, not {dtype}: leave --dtype out.")
        self._shared: SharedBase | None = None
        self._members: dict[ServedAdapter, Member] = {}
        self._lock = threading.Lock()

    def open(self, named: Named) -> list[ServedAdapter]:
        """See `Opener`."""
        from hf_sentiment.inference.members import open_members

        sources = {name: source for name, (source, _) in named.items()}
        self._shared, members = open_members(sources, revisions={name: rev for name, (_, rev) in named.items()})
        return [self._served(name, *named[name], member) for name, member in members.items()]

    def add(self, name: str, source: str, revision: str | None) -> ServedAdapter:
        """See `Opener`; its batches are its own, so that those of the others go on meanwhile."""
        from hf_sentiment.inference.members import add_member

        assert self._shared is not None
        with self._lock:
            return self._served(name, source, revision, add_member(self._shared, source, revision))

    def remove(self, adapter: ServedAdapter) -> None:
        """See `Opener`."""
        assert self._shared is not None
        with self._lock:
            self._shared.remove(self._members.pop(adapter).adapter)

    def _served(self, name: str, source: str, revision: str | None, member: "Member") -> ServedAdapter:
        from hf_sentiment.backends.mixed import MixedBackend

        group = member.adapter.group
        served = ServedAdapter(
            name,
            source,
            revision,
            {"adapter": name, "backend": "MixedBackend", "dtype": MixedBackend.dtype},
            member.scorer,
            member.together,
            lambda batch, keys, all_cores: logits_of(MixedBackend(group, keys), batch),
            key=member.adapter.key,
        )
        self._members[served] = member
        return served

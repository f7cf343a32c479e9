"""The adapters that a server has in memory, by name."""

from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.refusals import RefusedError, not_ready, unknown_adapter


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

"""Load and unload adapters while the server runs."""

import asyncio
import fnmatch
import os
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.names import Named, check_name, named_adapters
from hf_sentiment.serving.opener import Opener
from hf_sentiment.serving.opening import choose_opener, warm
from hf_sentiment.serving.refusals import RefusedError, not_ready
from hf_sentiment.serving.service import Service


class Loader:
    """Opens the adapters of a service, at the start and later. One at a time is loaded."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._opener: Opener | None = None
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """Open the adapters that the settings name, let each answer once, and begin to answer requests.

        Raises:
            SentimentError: one cannot be opened.
        """
        settings, registry = self.service.settings, self.service.registry
        named = named_adapters(settings.adapter, settings.revision)
        if len(named) > settings.max_adapters:
            raise SentimentError(f"{len(named)} adapters are named; max_adapters is {settings.max_adapters}.")
        self._opener = choose_opener(settings.backend, settings.dtype, [source for source, _ in named.values()])
        opened = await asyncio.to_thread(_opened, self._opener, named)
        for adapter in opened:
            registry.put(adapter)
        self._count()
        self.service.engine.start(max(adapter.lanes for adapter in opened))
        self.service.ready = True

    async def load(self, name: str, source: str, revision: str | None) -> None:
        """Load an adapter under a name.

        Raises:
            RefusedError: the name is invalid, the adapter is not allowed or cannot be opened, or there are too many.
        """
        self._check(name, source)
        async with self._changing:
            registry, most = self.service.registry, self.service.settings.max_adapters
            if name not in registry.names and len(registry.names) >= most:
                raise RefusedError(f"{most} adapters are loaded, and that is the most: unload one first.", 409)
            assert self._opener is not None
            try:
                adapter = await asyncio.to_thread(_warmed, self._opener, name, source, revision)
            except SentimentError as error:
                self.service.metrics.loads.labels("failed").inc()
                raise RefusedError(str(error)) from error
            earlier = registry.get(name) if name in registry.names else None
            registry.put(adapter)
            self.service.metrics.loads.labels("loaded").inc()
            self._count()
            if earlier is not None:
                await self._removed(earlier)

    async def unload(self, name: str) -> None:
        """Unload an adapter.

        Raises:
            RefusedError: there is none of this name, or it is the only one.
        """
        self._check_changes()
        async with self._changing:
            adapter = self.service.registry.take(name)
            self.service.metrics.loads.labels("unloaded").inc()
            self._count()
            await self._removed(adapter)

    async def _removed(self, adapter: ServedAdapter) -> None:
        """Free an adapter once its last answer is computed."""
        while self.service.pending[adapter]:
            await asyncio.sleep(0.01)
        assert self._opener is not None
        await asyncio.to_thread(self._opener.remove, adapter)

    def _count(self) -> None:
        self.service.metrics.adapters.set(len(self.service.registry.names))

    def _check_changes(self) -> None:
        if self.service.settings.workers > 1:
            raise RefusedError("Each of several workers has adapters of its own: change them with --workers 1.", 409)
        if self._opener is None or not self.service.ready:
            raise not_ready()

    def _check(self, name: str, source: str) -> None:
        self._check_changes()
        if not check_name(name):
            raise RefusedError("This cannot be the name of an adapter: use letters, digits, '.', '_' and '-'.")
        allowed = self.service.settings.allow_adapter
        if not any(_fits(source, each) for each in allowed):
            raise RefusedError("This adapter is not among those that --allow-adapter allows.", 403, "unauthorized")


def _opened(opener: Opener, named: Named) -> list[ServedAdapter]:
    opened = opener.open(named)
    for adapter in opened:
        warm(adapter, alone=len(opened) == 1)
    return opened


def _warmed(opener: Opener, name: str, source: str, revision: str | None) -> ServedAdapter:
    adapter = opener.add(name, source, revision)
    warm(adapter, alone=False)
    return adapter


def _fits(source: str, allowed: str) -> bool:
    """Whether an adapter is a Hub id of a pattern, or lies in a folder that is allowed."""
    folder = Path(os.path.expanduser(allowed))
    if folder.is_dir():
        # Links and ".." are followed first.
        return Path(source).is_absolute() and Path(os.path.realpath(source)).is_relative_to(os.path.realpath(folder))
    return source.count("/") <= 1 and not os.path.exists(source) and fnmatch.fnmatchcase(source, allowed)

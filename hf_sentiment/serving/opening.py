"""Open the adapters of a server: exports, without torch, or adapters on one base, with it."""

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from hf_sentiment.backends.openvino import OpenVINOBackend
from hf_sentiment.backends.runtimes import RUNTIMES, is_export
from hf_sentiment.core.batching import TOKEN_BUDGET, run_batches
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.runtime import RuntimeClassifier, load
from hf_sentiment.serving.adapters import AdapterSource, ServedAdapter

if TYPE_CHECKING:
    from hf_sentiment.adapter.shared_base import SharedBase
    from hf_sentiment.inference.members import Member

TORCH, OPENVINO, AUTO = "torch", "openvino", "auto"
# OpenVINO computes a batch per core at the same time. Measured on MiniLM and two cores, 256 reviews take as long in
# batches of 256 tokens as of 1,024, and each of them waits for fewer others.
SMALL_BATCH = 256


def adapter_source(backend: str, dtype: str, sources: list[str]) -> AdapterSource:
    """Decide how adapters are opened.

    Args:
        backend: "auto", "torch", "openvino" or "onnx".
        dtype: see `hf_sentiment.load`.
        sources: the adapters that the server starts with.

    Raises:
        SentimentError: the runtime is not installed.
    """
    if backend == AUTO:
        exported = [is_export(source) for source in sources]
        if all(exported):
            return ExportSource(None, dtype)
        several = len(sources) > 1 and not any(exported)
        backend = OPENVINO if RUNTIMES[OPENVINO].installed() and not several else TORCH
    if backend != TORCH:
        RUNTIMES[backend].require()
        return ExportSource(backend, dtype)
    return SharedSource(dtype) if len(sources) > 1 else MergedSource(dtype)


class ExportSource:
    """Exports, each a model of its own, without torch in this process.

    Args:
        runtime: "openvino" or "onnx"; None if all adapters are folders of exports, which know theirs.
        dtype: the precision to compute in.
    """

    # A core that has nothing left to do for one model begins with the next.
    lanes = 2

    def __init__(self, runtime: str | None, dtype: str) -> None:
        self.runtime, self.dtype = runtime, dtype

    def open(self, named: dict[str, tuple[str, str | None]]) -> list[ServedAdapter]:
        """See `AdapterSource`."""
        return [self.add(name, *source) for name, source in named.items()]

    def add(self, name: str, source: str, revision: str | None) -> ServedAdapter:
        """See `AdapterSource`."""
        if is_export(source):
            classifier = load(source, self.dtype, revision=revision)
        else:
            if self.runtime is None:
                raise SentimentError(f"{source} is not an export, which the others are: export it first.")
            classifier = self._cached(source, revision) or self._made(source, revision)
        return _alone(name, source, revision, classifier.scorer, classifier.identity())

    def remove(self, adapter: ServedAdapter) -> None:
        """Nothing else holds it."""

    def _cached(self, source: str, revision: str | None) -> RuntimeClassifier | None:
        # Needs huggingface_hub, which a server of exports does without.
        from hf_sentiment.runtime.cached import load_cached

        return load_cached(source, revision, str(self.runtime), self.dtype)

    def _made(self, source: str, revision: str | None) -> RuntimeClassifier:
        """Export an adapter in a process of its own, which needs torch and gives its memory back."""
        RUNTIMES[str(self.runtime)].require(writing=True)
        words = ["--adapter", source, "--backend", str(self.runtime), "--dtype", self.dtype]
        words += ["--revision", revision] if revision else []
        made = subprocess.run(
            [sys.executable, "-m", "hf_sentiment.cli", "predict", *words, "--", "ready"],
            capture_output=True,
            text=True,
            check=False,
        )
        classifier = self._cached(source, revision) if made.returncode == 0 else None
        if classifier is None:
            said = (made.stderr.strip().splitlines() or ["it was made by another program"])[-1]
            raise SentimentError(
                f"{source} cannot be exported for {self.runtime} ({said.removeprefix('hf-sentiment: ')}): serve it "
                "with --backend torch."
            )
        return classifier


class MergedSource:
    """One adapter merged into its base, on torch."""

    lanes = 1

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def open(self, named: dict[str, tuple[str, str | None]]) -> list[ServedAdapter]:
        """See `AdapterSource`."""
        return [self.add(name, *source) for name, source in named.items()]

    def add(self, name: str, source: str, revision: str | None) -> ServedAdapter:
        """See `AdapterSource`; each further adapter is a copy of the base, too."""
        import hf_sentiment

        classify = hf_sentiment.load(source, revision, dtype=self.dtype)
        return _alone(name, source, revision, classify.scorer, classify.identity())

    def remove(self, adapter: ServedAdapter) -> None:
        """Nothing else holds it."""


class SharedSource:
    """Several adapters on one copy of their base, on torch, mixed in a batch where PEFT can."""

    lanes = 1

    def __init__(self, dtype: str) -> None:
        if dtype not in (AUTO, "float32"):
            raise SentimentError(f"Several adapters on one base run in float32, not {dtype}: leave --dtype out.")
        self._shared: SharedBase | None = None
        self._members: dict[ServedAdapter, Member] = {}
        self._lock = threading.Lock()

    def open(self, named: dict[str, tuple[str, str | None]]) -> list[ServedAdapter]:
        """See `AdapterSource`."""
        from hf_sentiment.inference.members import open_members

        sources = {name: source for name, (source, _) in named.items()}
        self._shared, members = open_members(sources, revisions={name: rev for name, (_, rev) in named.items()})
        return [self._served(name, *named[name], member) for name, member in members.items()]

    def add(self, name: str, source: str, revision: str | None) -> ServedAdapter:
        """See `AdapterSource`; its batches are its own, so that those of the others go on meanwhile."""
        from hf_sentiment.inference.members import add_member

        assert self._shared is not None
        with self._lock:
            return self._served(name, source, revision, add_member(self._shared, source, revision))

    def remove(self, adapter: ServedAdapter) -> None:
        """See `AdapterSource`."""
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
            member.adapter.key,
            backend_for=lambda keys: MixedBackend(group, keys),
        )
        self._members[served] = member
        return served


def _alone(
    name: str, source: str, revision: str | None, scorer: ReviewScorer, identity: dict[str, str]
) -> ServedAdapter:
    return ServedAdapter(
        name,
        source,
        revision,
        identity,
        scorer,
        together=object(),
        batch_tokens=SMALL_BATCH if isinstance(scorer.backend, OpenVINOBackend) else TOKEN_BUDGET,
        backend_for=lambda keys: scorer.backend,
    )


def warm(adapter: ServedAdapter) -> None:
    """Answer once, so that no client waits for kernels to be compiled, and a model that does not run is found.

    Raises:
        SentimentError: it does not run.
    """
    rows, _ = adapter.scorer.tokenize(["Great value, and it works perfectly."])
    batch = [rows[0]] * 3
    try:
        for group in (batch[:1], batch):
            run_batches(
                group,
                adapter.scorer.encoder.layout,
                adapter.scorer.config.max_length,
                adapter.backend_for(dict.fromkeys(range(len(group)), adapter.key)),
                labels=len(adapter.scorer.config.labels),
                batch_size=1,
            )
    except Exception as error:  # noqa: BLE001 - whatever a runtime raises
        raise SentimentError(f"{adapter.source} does not run ({first_line(error)}): export it again.") from error

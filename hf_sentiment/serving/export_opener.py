"""Open exports, without torch in the server's process."""

import subprocess
import sys

from hf_sentiment.backends.runtimes import RUNTIMES, is_export
from hf_sentiment.errors import SentimentError
from hf_sentiment.runtime import RuntimeClassifier, load
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.names import Named
from hf_sentiment.serving.opener import Opener, served_alone


class ExportOpener(Opener):
    """Exports, each a model of its own, without torch in this process.

    Args:
        runtime: "openvino" or "onnx"; None if all adapters are folders of exports, which know theirs.
        dtype: the precision to compute in.
    """

    def __init__(self, runtime: str | None, dtype: str) -> None:
        self.runtime, self.dtype = runtime, dtype

    def prepare(self, named: Named) -> None:
        """See `Opener`: the exports."""
        self.open(named)

    def add(self, name: str, source: str, revision: str | None) -> ServedAdapter:
        """See `Opener`."""
        if is_export(source):
            classifier = load(source, self.dtype, revision=revision)
        else:
            if self.runtime is None:
                raise SentimentError(f"{source} is not an export, which the others are: export it first.")
            classifier = self._cached(source, revision) or self._made(source, revision)
        return served_alone(name, source, revision, classifier.scorer, classifier.identity())

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

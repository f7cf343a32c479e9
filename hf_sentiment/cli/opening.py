"""Open the adapter for `predict`: the export in the cache, a new export, or torch."""

import argparse
from typing import TYPE_CHECKING, Any

from hf_sentiment.cli.streams import say
from hf_sentiment.errors import SentimentError

if TYPE_CHECKING:
    from hf_sentiment.inference.pipeline import SentimentPipeline
    from hf_sentiment.runtime import RuntimeClassifier

AUTO, TORCH, OPENVINO, ONNX = BACKENDS = ("auto", "torch", "openvino", "onnx")
INT8 = "int8"


def open_adapter(parsed: argparse.Namespace) -> "SentimentPipeline | RuntimeClassifier":
    """The adapter that the options of `predict` name, on the backend that they ask for."""
    return _exported(parsed) or _cached(parsed) or _loaded(parsed)


def _exported(parsed: argparse.Namespace) -> "RuntimeClassifier | None":
    """The classifier of a folder that is an export."""
    from hf_sentiment.backends.runtimes import is_export

    if not is_export(parsed.adapter):
        return None
    if parsed.backend == TORCH or parsed.device is not None:
        raise SentimentError(
            f"{parsed.adapter} is an export, which runs without torch: leave --backend and --device out."
        )
    from hf_sentiment.runtime import load

    return load(parsed.adapter, parsed.dtype, revision=parsed.revision)


def _cached(parsed: argparse.Namespace) -> "RuntimeClassifier | None":
    """The adapter's export in the cache, which answers without torch."""
    runtime = OPENVINO if parsed.backend == AUTO else parsed.backend
    if runtime == TORCH or parsed.device is not None or not _installed(runtime):
        return None
    from hf_sentiment.runtime.cached import load_cached

    return load_cached(parsed.adapter, parsed.revision, runtime, parsed.dtype)


def _loaded(parsed: argparse.Namespace) -> "SentimentPipeline":
    from hf_sentiment import load

    options: dict[str, Any] = {"revision": parsed.revision, "dtype": parsed.dtype}
    exported = parsed.input is not None and parsed.device is None and _installed(OPENVINO)
    backend = parsed.backend
    if backend == AUTO:
        backend = OPENVINO if exported or parsed.dtype == INT8 else TORCH
    return load(parsed.adapter, backend=backend, device=parsed.device, **options)


def prepare(classify: "SentimentPipeline | RuntimeClassifier", parsed: argparse.Namespace) -> None:
    """Export the adapter after its first answers, so that the next ones come at once."""
    from hf_sentiment.runtime.classifier import RuntimeClassifier

    exported = isinstance(classify, RuntimeClassifier) or parsed.dtype == INT8
    if parsed.backend != AUTO or exported or parsed.device is not None or not _installed(OPENVINO):
        return
    from hf_sentiment import load

    say("Preparing this adapter for fast answers, once; Ctrl-C skips it.")
    try:
        load(parsed.adapter, revision=parsed.revision, backend=OPENVINO, dtype=parsed.dtype)
    except SentimentError as error:
        say(f"It was not prepared: {error}")
    except KeyboardInterrupt:
        say("It was not prepared.")


def _installed(runtime: str) -> bool:
    from hf_sentiment.backends.runtimes import RUNTIMES

    return RUNTIMES[runtime].installed()

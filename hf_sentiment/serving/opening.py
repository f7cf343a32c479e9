"""Choose how a server's adapters are opened, and let each answer once."""

from hf_sentiment.backends.runtimes import AUTO, RUNTIMES, is_export
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.export_opener import ExportOpener
from hf_sentiment.serving.opener import Opener
from hf_sentiment.serving.torch_openers import MergedOpener, SharedOpener

TORCH, OPENVINO = "torch", "openvino"


def choose_opener(backend: str, dtype: str, sources: list[str]) -> Opener:
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
            return ExportOpener(None, dtype)
        several = len(sources) > 1 and not any(exported)
        backend = OPENVINO if RUNTIMES[OPENVINO].installed() and not several else TORCH
    if backend != TORCH:
        RUNTIMES[backend].require()
        return ExportOpener(backend, dtype)
    return SharedOpener(dtype) if len(sources) > 1 else MergedOpener(dtype)


def warm(adapter: ServedAdapter, *, alone: bool) -> None:
    """Answer once, so that a model that does not run is found, and make its kernels.

    Args:
        adapter: that is new.
        alone: whether it is the only one: then no client waits for kernels. Those of many adapters take too much
            memory, and are made when they are needed.

    Raises:
        SentimentError: it does not run.
    """
    rows, _ = adapter.scorer.tokenize(["Great value, and it works perfectly."])
    try:
        for count, all_cores in ((1, True), (3, False)):
            adapter.logits(rows[:1] * count, [adapter.key] * count, all_cores=all_cores)
        if alone and adapter.compile_shapes is not None:
            adapter.compile_shapes()
    except Exception as error:  # noqa: BLE001 - whatever a runtime raises
        raise SentimentError(f"{adapter.source} does not run ({first_line(error)}): export it again.") from error

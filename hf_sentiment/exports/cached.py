"""An adapter's export in the user's cache: made and checked once, then reused."""

import json
import tempfile
from pathlib import Path
from typing import cast

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends import export_cache
from hf_sentiment.backends.export_files import CHECK
from hf_sentiment.backends.runtimes import RUNTIMES, GraphBackend
from hf_sentiment.core.backend import ExportCheck
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.exports.description import write_runtime_files
from hf_sentiment.exports.graph import write_graph
from hf_sentiment.files.full_disk import explaining_full_disk
from hf_sentiment.files.system_errors import system_errors_explained


def cached_backend(adapter: LoadedAdapter, runtime: str, dtype: str = "auto") -> GraphBackend:
    """The backend of an adapter's export, made and checked if it is not in the cache yet.

    Args:
        adapter: in float32; this consumes its PeftModel.
        runtime: "openvino" or "onnx".
        dtype: "auto" or one of the runtime's precisions.

    Raises:
        SentimentError: a package is not installed, or the export differs too much from torch.
    """
    chosen = RUNTIMES[runtime]
    chosen.require(writing=True)
    dtype = chosen.dtype(dtype)
    folder = cached_export(adapter, runtime, dtype)
    check = cast(ExportCheck, json.loads((folder / CHECK).read_bytes()))
    return chosen.open(folder / chosen.files[dtype], dtype, check)


def cached_export(adapter: LoadedAdapter, runtime: str, dtype: str) -> Path:
    """The export of an adapter, made and checked if it is not in the cache yet, or if it is damaged there.

    Args:
        adapter: in float32; this consumes its PeftModel.
        runtime: "openvino" or "onnx".
        dtype: one of the runtime's precisions.

    Returns:
        Its folder. The head is not divided by the temperature, which is in the config.

    Raises:
        SentimentError: the export differs too much from torch, or the cache cannot be written.
    """
    folder = export_cache.cached_folder(adapter.folder, adapter.base, runtime, dtype)
    with system_errors_explained(folder, export_cache.CURE):
        if export_cache.is_whole(folder):
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as aside:
            made = Path(aside) / "export"
            made.mkdir()
            with explaining_full_disk(made, export_cache.CURE):
                found = write_graph(adapter, made, runtime, dtype)
                # Not `adapter.config`: this caller may have named its labels.
                own = (adapter.folder / FILE_NAME).is_file()
                config = SentimentConfig.load(adapter.folder) if own else adapter.config
                write_runtime_files(adapter, config, made, found)
                export_cache.write_list(made)
            export_cache.put(made, folder, Path(aside) / "damaged")
    return folder

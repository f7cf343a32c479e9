"""Answer with an adapter's export in the user's cache, without torch and transformers."""

from dataclasses import replace
from pathlib import Path

from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.adapter.digest import adapter_digest
from hf_sentiment.adapter.folder import ADAPTER_CONFIG, find_adapter
from hf_sentiment.adapter.manifest import check_manifest
from hf_sentiment.backends import export_cache
from hf_sentiment.backends.runtimes import RUNTIMES
from hf_sentiment.core.config import FILE_NAME
from hf_sentiment.core.json_file import read_json_object
from hf_sentiment.errors import SentimentError
from hf_sentiment.runtime.classifier import RuntimeClassifier
from hf_sentiment.runtime.loading import load


def load_cached(adapter: str | Path, revision: str | None, runtime: str, dtype: str) -> RuntimeClassifier | None:
    """Load the export of an adapter from the cache; the runtime and what writes its models must be installed.

    Args:
        adapter: "default", "accurate", a folder or a Hub id.
        revision: commit, tag or branch of the adapter.
        runtime: "openvino" or "onnx".
        dtype: as in `hf_sentiment.load`, with that backend.

    Returns:
        None if there is no export, if it is damaged, or if the adapter was made by another program.

    Raises:
        SentimentError: there is no such adapter, or its files are damaged.
    """
    folder = find_adapter(adapter, revision)
    content = read_json_object(folder / ADAPTER_CONFIG, "fetch the adapter again")
    check_manifest(folder)
    name = content.get("base_model_name_or_path")
    if not (folder / FILE_NAME).is_file() or not isinstance(name, str):
        return None
    try:
        base = locate_base(name, content.get("revision"), local_files_only=True)
    except SentimentError:
        # Whoever loads the adapter itself fetches the base, or says what is wrong with it.
        return None
    precision = RUNTIMES[runtime].dtype(dtype)
    export = export_cache.cached_folder(folder, base, runtime, precision)
    if not export_cache.is_whole(export):
        return None
    # Named as the pipeline names it, which may have made the export in the first half of an interrupted run.
    return replace(load(export, precision), adapter=f"{folder.name} ({adapter_digest(folder)})")

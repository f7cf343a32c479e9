"""An adapter's OpenVINO model in the user's cache: exported and checked once, then reused."""

import hashlib
import importlib.metadata
import json
import os
import tempfile
from pathlib import Path

from huggingface_hub import constants

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.checks import check_against_torch
from hf_sentiment.backends.openvino import HINTS, OpenVINOBackend, has_bf16
from hf_sentiment.backends.torch import warn_of_emulation
from hf_sentiment.core.backend import ExportCheck
from hf_sentiment.errors import SentimentError
from hf_sentiment.exports.openvino import convert_to_openvino, require_openvino

CACHE = Path(constants.HF_HOME) / "hf_sentiment" / "openvino"
PACKAGES = ("openvino", "nncf", "transformers", "hf-sentiment")


def openvino_backend(adapter: LoadedAdapter, dtype: str = "auto") -> OpenVINOBackend:
    """The OpenVINO backend of an adapter, exported and checked if it is not in the cache yet.

    Args:
        adapter: in float32; this consumes its PeftModel.
        dtype: "auto" (bf16 if the processor has it, else float32), "float32", "bfloat16" or "int8".

    Raises:
        SentimentError: OpenVINO is not installed, or the export differs too much from torch.
    """
    require_openvino()
    if dtype == "auto":
        dtype = "bfloat16" if has_bf16() else "float32"
    if dtype not in HINTS:
        raise SentimentError(f"dtype {dtype!r} is not one of auto, {', '.join(HINTS)} on the backend openvino.")
    if dtype == "bfloat16":
        warn_of_emulation(None)
    path, check = cached_export(adapter, dtype)
    return OpenVINOBackend(path, dtype, check)


def cached_export(adapter: LoadedAdapter, dtype: str) -> tuple[Path, ExportCheck]:
    """The exported model of an adapter, made and checked if it is not in the cache yet.

    Args:
        adapter: in float32; this consumes its PeftModel.
        dtype: "float32", "bfloat16" or "int8".

    Returns:
        The .xml file, and how closely its answers match torch's.

    Raises:
        SentimentError: the export differs too much from torch.
    """
    folder = CACHE / _key(adapter, dtype)
    check = folder / "check.json"
    if check.is_file():
        return folder / "model.xml", json.loads(check.read_text())
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        made = Path(aside) / "export"
        made.mkdir()
        convert_to_openvino(adapter, dtype, made / "model.xml")
        found = check_against_torch(adapter, dtype, OpenVINOBackend(made / "model.xml", dtype))
        (made / "check.json").write_text(json.dumps(found, indent=2))
        try:
            os.rename(made, folder)
        except OSError:
            # Another process was first; its export is as good.
            if not check.is_file():
                raise
    return folder / "model.xml", found


def _key(adapter: LoadedAdapter, dtype: str) -> str:
    digest = hashlib.sha256()
    for name in (ADAPTER_WEIGHTS, ADAPTER_CONFIG):
        digest.update((adapter.folder / name).read_bytes())
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    digest.update(json.dumps([adapter.base.record(), versions, adapter.config.max_length], sort_keys=True).encode())
    # int8 is calibrated; float32 and bfloat16 have the same file and differ only when compiled, but each is checked.
    return f"{digest.hexdigest()[:32]}-{dtype}"

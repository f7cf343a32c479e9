"""Export an adapter to OpenVINO once, check it against torch, and keep it in the user's cache."""

import hashlib
import importlib.metadata
import json
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import constants

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.checks import check_against_torch, sample_rows
from hf_sentiment.errors import require

CACHE = Path(constants.HF_HOME) / "hf_sentiment" / "openvino"
PACKAGES = ("openvino", "nncf", "transformers", "hf-sentiment")
CALIBRATION_ROWS = 256


def require_openvino() -> None:
    """Raise a SentimentError that says what to install, where OpenVINO is missing."""
    for package in ("openvino", "nncf"):
        require(package, "openvino", 'The backend "openvino"')


def cached_export(adapter: LoadedAdapter, dtype: str, backend: Callable) -> tuple[Path, dict]:
    """The exported model of an adapter, made and checked where the cache does not have it yet.

    Args:
        adapter: with its model merged already.
        dtype: "float32", "bfloat16" or "int8".
        backend: makes the backend that will run it from the file and the precision, for the check.

    Returns:
        The .xml file, and the check: `label_agreement`, `largest_score_difference`, `rows`.

    Raises:
        SentimentError: the export answers too differently from torch.
    """
    folder = CACHE / _key(adapter, dtype)
    check = folder / "check.json"
    if check.is_file():
        return folder / "model.xml", json.loads(check.read_text())
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        made = Path(aside) / "export"
        made.mkdir()
        convert(adapter, dtype, made / "model.xml")
        runner = backend(made / "model.xml", dtype)
        found = check_against_torch(adapter, dtype, runner.run, runner.length_step)
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
    # int8 was calibrated for this precision; the others share one file, and differ when they are compiled.
    return f"{digest.hexdigest()[:32]}-{dtype}"


def convert(adapter: LoadedAdapter, dtype: str, path: Path) -> None:
    """Write the merged model in OpenVINO's format; for "int8", quantised by what the demo reviews do in it."""
    import openvino

    rows = sample_rows(adapter, "train")[:CALIBRATION_ROWS]
    model = adapter.merged.float().eval()
    example = {key: torch.tensor([rows[0][key]] * 2) for key in rows[0]}
    with warnings.catch_warnings():
        # Tracing warns of shapes that become constants; whether they may is what the check is for.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        converted = openvino.convert_model(model, example_input=example)
    if dtype == "int8":
        import nncf

        nncf.set_log_level("ERROR")
        names = {port.get_any_name() for port in converted.inputs}
        samples = [{key: np.array([row[key]], dtype=np.int64) for key in row if key in names} for row in rows]
        converted = nncf.quantize(
            converted, nncf.Dataset(samples), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(samples)
        )
    openvino.save_model(converted, path, compress_to_fp16=False)

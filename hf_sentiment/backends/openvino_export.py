"""Export an adapter to OpenVINO once, check it against torch, and keep it in the user's cache."""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import constants

from hf_sentiment.adapter import LoadedAdapter
from hf_sentiment.backends.torch import TorchBackend
from hf_sentiment.batching import encode, score_encoded
from hf_sentiment.errors import SentimentError
from hf_sentiment.folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS

CACHE = Path(constants.HF_HOME) / "hf_sentiment" / "openvino"
PACKAGES = ("openvino", "nncf", "transformers", "hf-sentiment")
# An export is refused below this label agreement, or above this score difference, on the sample reviews. Measured on
# MiniLM: bf16 99.6 % and 0.02; int8 99.0 % and 0.14.
LIMITS = {"float32": (0.999, 0.001), "bfloat16": (0.98, 0.1), "int8": (0.95, 0.3)}
CALIBRATION_ROWS = 256


def require_openvino() -> None:
    """Raise a SentimentError that says what to install, where OpenVINO is missing."""
    for package in ("openvino", "nncf"):
        if importlib.util.find_spec(package) is None:
            raise SentimentError(
                f'The backend "openvino" needs the package {package}: pip install "hf-sentiment[openvino]".'
            )


def cached_export(adapter: LoadedAdapter, dtype: str, backend) -> tuple[Path, dict]:
    """The exported model of an adapter, made and checked where the cache does not have it yet.

    Args:
        adapter: with its model merged already.
        dtype: "float32", "bfloat16" or "int8".
        backend: the backend that will run it, for the check.

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
        _export(adapter, dtype, made / "model.xml")
        found = _compare(adapter, dtype, made / "model.xml", backend)
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


def _sample_rows(adapter: LoadedAdapter, split: str) -> list[dict]:
    import csv

    from hf_sentiment.sources import DEMO_FILE

    with open(DEMO_FILE, encoding="utf-8") as file:
        reviews = [row for row in csv.DictReader(file) if row["split"] == split]
    texts = [adapter.config.render(row["title"], row["text"]) for row in reviews]
    return encode(texts, adapter.tokenizer, adapter.config.max_length)


def _export(adapter: LoadedAdapter, dtype: str, path: Path) -> None:
    import openvino

    rows = _sample_rows(adapter, "train")[:CALIBRATION_ROWS]
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


def _compare(adapter: LoadedAdapter, dtype: str, path: Path, backend) -> dict:
    import openvino

    rows = _sample_rows(adapter, "test")
    backend._compile(openvino, path, dtype)
    pad = adapter.tokenizer.pad
    theirs = score_encoded(rows, pad, TorchBackend(adapter.merged).run)
    ours = score_encoded(rows, pad, backend.run)
    scores = [1 / (1 + np.exp(-each)) if adapter.config.multi_label else _softmax(each) for each in (theirs, ours)]
    found = {
        "label_agreement": float(np.mean(theirs.argmax(1) == ours.argmax(1))),
        "largest_score_difference": float(np.abs(scores[0] - scores[1]).max()),
        "rows": len(rows),
    }
    agreement, difference = LIMITS[dtype]
    if found["label_agreement"] < agreement or found["largest_score_difference"] > difference:
        raise SentimentError(
            f"The {dtype} export of {adapter.folder.name} answers too differently from torch: labels agree on "
            f"{found['label_agreement']:.1%} of {len(rows)} reviews, scores differ by up to "
            f'{found["largest_score_difference"]:.2f}. Use backend="torch" for it.'
        )
    return found


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)

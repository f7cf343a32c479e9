"""Load an exported adapter."""

import importlib.util
import os
from pathlib import Path

from hf_sentiment.backends.export_files import CHECK, ONNX, ONNX_FOLDER, ONNX_INT8, OPENVINO, TOKENIZER
from hf_sentiment.backends.runtimes import AUTO, RUNTIMES, GraphBackend, Runtime
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.core.json_file import read_json_object
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.core.text_encoder import FastTextEncoder
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.runtime.classifier import RuntimeClassifier

INT8 = "int8"
CURE = "write it with hf-sentiment export ADAPTER --format openvino --output-dir DIR"
# Bytes of an export on the Hub; with 560 million weights in 32 bits, it has 2.2 GB.
LARGEST = 5_000_000_000


def load(
    export: str | Path,
    dtype: str = "auto",
    *,
    revision: str | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
) -> RuntimeClassifier:
    """Load what `hf-sentiment export` wrote for OpenVINO or ONNX, or what `publish --merged --onnx` published.

    Args:
        export: the folder, or a Hub id whose folder "onnx" holds an export.
        dtype: the precision to compute in. OpenVINO: "auto" (int8 if the export is int8, else bf16 if the processor has
            the instructions, else float32), "float32" or "bfloat16". ONNX: "auto" (float32 if the export has it),
            "float32" or "int8", whichever it has.
        revision: commit, tag or branch on the Hub.
        token: for private repositories.
        local_files_only: do not ask the Hub.

    Raises:
        SentimentError: there is no such folder or repository, it holds no export, one of its files is missing or
            damaged, or it does not run in that precision.
    """
    folder = Path(os.path.expanduser(export))
    if not os.path.isdir(folder):
        folder = _fetched(str(export), dtype, revision, token, local_files_only)
    elif revision is not None:
        raise SentimentError(f"{export} is a local folder and has no revisions; leave revision {revision!r} out.")
    backend = _open_model(folder, dtype)
    try:
        names = backend.input_names
    except Exception as error:  # noqa: BLE001 - the runtimes raise RuntimeError and errors of their own
        raise SentimentError(f"{backend.path} is damaged ({first_line(error)}): export the adapter again.") from error
    encoder = FastTextEncoder.read(_file(folder, TOKENIZER), names)
    return RuntimeClassifier(ReviewScorer(SentimentConfig.load(folder), encoder, backend), folder)


def _fetched(name: str, dtype: str, revision: str | None, token: str | bool | None, local_files_only: bool) -> Path:
    """The folder of a Hub repository's export in the cache, with the model of one precision."""
    if name.count("/") != 1 or not all(name.split("/")):
        raise SentimentError(f"There is no folder {name}: {CURE}.")
    if importlib.util.find_spec("huggingface_hub") is None:
        # Whoever has a folder does without it.
        raise SentimentError(f"There is no folder {name}; for the Hub, pip install huggingface_hub.")
    from hf_sentiment.adapter.download import Wanted, fetch

    model = ONNX_INT8 if dtype == INT8 else ONNX
    wanted = Wanted(
        "export",
        (model, CHECK, TOKENIZER, FILE_NAME),
        LARGEST,
        first=FILE_NAME,
        cure="publish it with hf-sentiment publish --merged --onnx",
        folder=ONNX_FOLDER,
    )
    return fetch(wanted, name, revision, token=token, local_files_only=local_files_only)


def _open_model(folder: Path, dtype: str) -> GraphBackend:
    """The backend for the model of a precision."""
    runtime, known = _precisions(folder)
    runtime.require()
    if dtype == AUTO:
        preferred = runtime.preferred()
        dtype = preferred if preferred in known else known[0]
    if dtype not in known:
        raise SentimentError(f"dtype {dtype!r} is not one of {AUTO}, {', '.join(known)} for this export ({folder}).")
    return runtime.open(folder / runtime.files[dtype], dtype, None)


def _precisions(folder: Path) -> tuple[Runtime, list[str]]:
    """The runtime of an export, and the precisions that it can be computed in."""
    for runtime in RUNTIMES.values():
        there = [dtype for dtype, name in runtime.files.items() if (folder / name).is_file()]
        if OPENVINO in runtime.files.values() and there:
            # One file for all precisions.
            written = read_json_object(_file(folder, CHECK), "export the adapter again").get("dtype")
            there = [dtype for dtype in there if (dtype == INT8) == (written == INT8)]
        if there:
            return runtime, there
    raise SentimentError(f"{folder} holds neither {OPENVINO} nor {ONNX}, so it is no export: {CURE}.")


def _file(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise SentimentError(f"{folder} has no {name}: export the adapter again.")
    return folder / name

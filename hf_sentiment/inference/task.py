"""`load`, and the task "sentiment-lora" as transformers knows it."""

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, Unpack, overload

import torch
from transformers.pipelines import PIPELINE_REGISTRY

from hf_sentiment.adapter.embedded_base import ensure_snapshot
from hf_sentiment.adapter.folder import DEFAULT, DEFAULT_FOLDER
from hf_sentiment.backends.torch import check_device
from hf_sentiment.errors import SentimentError
from hf_sentiment.inference.adapter_model import AdapterModel, adapter_of, load_merged
from hf_sentiment.inference.multi_adapter import Adapters, MultiAdapterPipeline, load_many
from hf_sentiment.inference.pipeline import SentimentPipeline

TASK = "sentiment-lora"
BACKENDS = ("torch", "openvino", "onnx")


class LoadOptions(TypedDict, total=False):
    """The keywords of `load`, for its two overloads."""

    device: int | str | torch.device | None
    base_model: str | None
    labels: list[str] | None
    token: str | bool | None
    local_files_only: bool
    trust_remote_code: bool


Dtype: TypeAlias = str | torch.dtype


@overload
def load(
    adapter: str | Path = ...,
    revision: str | None = ...,
    backend: str = ...,
    dtype: Dtype = ...,
    **options: Unpack[LoadOptions],
) -> SentimentPipeline: ...


@overload
def load(
    adapter: Adapters,
    revision: str | None = ...,
    backend: str = ...,
    dtype: Dtype = ...,
    **options: Unpack[LoadOptions],
) -> MultiAdapterPipeline: ...


def load(
    adapter: str | Path | Adapters = DEFAULT,
    revision: str | None = None,
    backend: str = "torch",
    dtype: Dtype = "auto",
    device: int | str | torch.device | None = None,
    *,
    base_model: str | None = None,
    labels: list[str] | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
) -> SentimentPipeline | MultiAdapterPipeline:
    """Load the pipeline of an adapter, optionally at a revision of the ADAPTER.

    Args:
        adapter: "default" (the shipped one), a folder or a Hub id; for a list or a mapping of them, the result is a
            MultiAdapterPipeline, with one copy of their base.
        revision: commit, tag or branch of the adapter.
        backend: "torch", or "openvino", which is several times as fast on a CPU, or "onnx" (ONNX Runtime): the first
            use of an adapter exports and checks it, which takes a minute; later uses find it in the cache.
        dtype: "auto" (bf16 if the processor has the instructions for it, else float32; float32 with onnx), "float32",
            "bfloat16" (not with onnx), and "int8" (not with torch). Scores are the same to within 1e-5 in float32 and
            about 0.02 in bf16.
        device: as in `transformers.pipeline`.
        base_model: a folder or Hub id to take the base from, instead of the one that the adapter names.
        labels: names for the head's outputs, for an adapter without label names.
        token: for private repositories.
        local_files_only: do not ask the Hub.
        trust_remote_code: allow a base that brings its own Python code.

    Raises:
        SentimentError: see `hf_sentiment.adapter.loading.load_adapter`.
    """
    if backend not in BACKENDS:
        raise SentimentError(f"backend {backend!r} is not one of {', '.join(BACKENDS)}.")
    if backend != "torch" and str(device) not in ("None", "-1", "cpu"):
        raise SentimentError(f'backend="{backend}" runs on the CPU, not on {device!r}: leave device out.')
    check_device(device)
    if isinstance(labels, str):
        raise SentimentError(f'labels is {labels!r}: give a list of names, such as ["Negative", "Positive"].')
    if not isinstance(adapter, str | Path | list | tuple | Mapping):
        raise SentimentError(f"adapter is {adapter!r}: give a Hub id or a folder, or a list of them.")
    shared: dict[str, Any] = {
        "base_model": base_model,
        "token": token,
        "local_files_only": local_files_only,
        "trust_remote_code": trust_remote_code,
    }
    if not isinstance(adapter, str | Path):
        _refuse_for_several(len(adapter), revision=revision, labels=labels)
        return _load_several(adapter, backend, dtype, device=device, **shared)
    # An export starts from the exact weights, whatever precision it computes in.
    model = load_merged(adapter, revision, dtype=dtype if backend == "torch" else "float32", labels=labels, **shared)
    if backend == "torch":
        return SentimentPipeline(model=model, task=TASK, device=device)
    from hf_sentiment.exports.cached import cached_backend

    runtime = cached_backend(adapter_of(model), backend, str(dtype).removeprefix("torch."))
    return SentimentPipeline(model=model, task=TASK, device="cpu", backend=runtime)


def _refuse_for_several(count: int, **single: object) -> None:
    for name, value in single.items():
        if value is not None:
            raise SentimentError(f"{name}= applies to one adapter only; {count} are named.")


def _load_several(adapters: Adapters, backend: str, dtype: Dtype, **options: Any) -> MultiAdapterPipeline:
    if backend != "torch":
        raise SentimentError(f"Several adapters on one base run on torch, not on {backend}: load each one alone.")
    if dtype not in ("auto", "float32", torch.float32):
        raise SentimentError(f"Several adapters on one base are not merged into it, and run in float32, not {dtype}.")
    return load_many(adapters, **options)


def register() -> None:
    """Register "sentiment-lora" with `transformers.pipeline`, and put the embedded base where it looks for it."""
    if TASK in PIPELINE_REGISTRY.get_supported_tasks():
        return
    PIPELINE_REGISTRY.register_pipeline(
        TASK,
        pipeline_class=SentimentPipeline,
        pt_model=AdapterModel,
        default={"model": (str(DEFAULT_FOLDER), None)},
        type="text",
    )
    logging.getLogger("transformers.pipelines").addFilter(_is_not_about_the_default)
    try:
        # transformers.pipeline looks for an adapter's base before it calls any code of this package.
        ensure_snapshot()
    except SentimentError as error:
        # The import of transformers.pipelines may be for another task.
        warnings.warn(str(error), stacklevel=2)


def _is_not_about_the_default(record: logging.LogRecord) -> bool:
    """Drop the warning that no model was supplied: this task's default is the shipped adapter, which is pinned."""
    return f"No model was supplied, defaulted to {DEFAULT_FOLDER} " not in record.getMessage()


register()

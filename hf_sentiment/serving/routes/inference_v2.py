"""The open inference protocol, version 2, which KServe and Triton speak.

Inputs: "text", and if wanted "title", of shape [reviews] and type BYTES. Outputs: "label", and "scores" of shape
[reviews, labels] in the order of the model's metadata.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hf_sentiment.core.answers import Answer
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.refusals import RefusedError
from hf_sentiment.serving.routes.common import ERRORS, answered, service_of
from hf_sentiment.serving.schemas import InferRequest
from hf_sentiment.version import __version__

router = APIRouter(prefix="/v2", responses=ERRORS, tags=["open inference protocol"])
OUTPUTS = ("label", "scores")


@router.get("", response_model=dict[str, Any])
async def server() -> JSONResponse:
    """The server's name and version."""
    return answered({"name": "hf_sentiment", "version": __version__, "extensions": []})


@router.get("/health/live", response_model=dict[str, Any])
async def live() -> JSONResponse:
    """Whether the process answers."""
    return answered({"live": True})


@router.get("/health/ready", response_model=dict[str, Any])
async def ready(request: Request) -> JSONResponse:
    """Whether all adapters answer."""
    service_of(request).check_ready()
    return answered({"ready": True})


@router.get("/models/{name}", response_model=dict[str, Any])
async def model(request: Request, name: str) -> JSONResponse:
    """The inputs and outputs of an adapter, and its labels."""
    adapter = service_of(request).registry.get(name)
    labels = adapter.scorer.config.labels
    return answered(
        {
            "name": name,
            "versions": [adapter.revision] if adapter.revision else [],
            "platform": adapter.identity["backend"],
            "inputs": [{"name": each, "datatype": "BYTES", "shape": [-1]} for each in ("text", "title")],
            "outputs": [
                {"name": "label", "datatype": "BYTES", "shape": [-1]},
                {"name": "scores", "datatype": "FP32", "shape": [-1, len(labels)], "parameters": {"labels": labels}},
            ],
        }
    )


@router.get("/models/{name}/ready", response_model=dict[str, Any])
async def model_ready(request: Request, name: str) -> JSONResponse:
    """Whether an adapter answers."""
    service = service_of(request)
    service.check_ready()
    service.registry.get(name)
    return answered({"name": name, "ready": True})


@router.post("/models/{name}/infer", response_model=dict[str, Any])
async def infer(request: Request, name: str, body: InferRequest) -> JSONResponse:
    """Classify reviews."""
    service = service_of(request)
    adapter = service.registry.get(name)
    answers = await service.answer(adapter, _reviews(body), top_k=None)
    wanted = [each.name for each in body.outputs] if body.outputs else list(OUTPUTS)
    outputs = [_output(each, answers, adapter) for each in wanted]
    return answered({"model_name": name, "outputs": outputs} | ({"id": body.id} if body.id else {}))


def _reviews(body: InferRequest) -> list[object]:
    tensors = {tensor.name: tensor for tensor in body.inputs}
    if "text" not in tensors or len(tensors) < len(body.inputs):
        raise RefusedError("Give the input text once, and perhaps title.")
    texts = tensors["text"].data
    for tensor in tensors.values():
        if tensor.shape != [len(tensor.data)] or len(tensor.data) != len(texts):
            raise RefusedError(f"The shape of the input {tensor.name} is not [{len(texts)}].")
    titles = tensors["title"].data if "title" in tensors else [""] * len(texts)
    return [{"text": text, "title": title} for text, title in zip(texts, titles, strict=True)]


def _output(name: str, answers: list[list[Answer]], adapter: ServedAdapter) -> dict[str, Any]:
    if name == "label":
        labels = [entries[0]["label"] for entries in answers]
        return {"name": name, "datatype": "BYTES", "shape": [len(answers)], "data": labels}
    known = adapter.scorer.config.labels
    rows = [{entry["label"]: entry["score"] for entry in entries} for entries in answers]
    data = [row[label] for row in rows for label in known]
    return {"name": name, "datatype": "FP32", "shape": [len(answers), len(known)], "data": data}

"""For those who run the server: is it alive and ready, its numbers, and its adapters."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from hf_sentiment.serving.routes.common import ERRORS, answered, service_of
from hf_sentiment.serving.schemas import AdapterBody

router = APIRouter(tags=["operations"])
CHANGES = {**ERRORS, 403: ERRORS[401], 409: ERRORS[404]}


@router.get("/health", response_model=dict[str, Any])
@router.get("/ping", response_model=dict[str, Any], responses=ERRORS)
async def health(request: Request) -> JSONResponse:
    """Whether the process answers; /ping, which SageMaker asks, is as /ready."""
    if request.scope["path"] == "/ping":
        service_of(request).check_ready()
    return answered({"status": "ok"})


@router.get("/ready", response_model=dict[str, Any], responses=ERRORS)
async def ready(request: Request) -> JSONResponse:
    """Whether each adapter has answered once, and the server is not stopping."""
    service_of(request).check_ready()
    return answered({"status": "ready"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}, **ERRORS})
async def metrics(request: Request) -> Response:
    """The server's numbers, for Prometheus."""
    return Response(service_of(request).metrics.page(), media_type="text/plain; version=0.0.4")


@router.get("/adapters", response_model=dict[str, Any], responses=ERRORS)
async def adapters(request: Request) -> JSONResponse:
    """The adapters in memory, the first one first, with their labels."""
    found = service_of(request).registry.all()
    return answered(
        {"adapters": [{"name": each.name, "labels": each.scorer.config.labels, **each.identity} for each in found]}
    )


@router.put("/adapters/{name}", response_model=dict[str, Any], responses=CHANGES)
async def load(request: Request, name: str, body: AdapterBody) -> JSONResponse:
    """Load an adapter, while the others answer. One of the same name is replaced once the new one is ready."""
    await request.app.state.loader.load(name, body.adapter, body.revision)
    return answered({"name": name, "status": "loaded"})


@router.delete("/adapters/{name}", response_model=dict[str, Any], responses=CHANGES)
async def unload(request: Request, name: str) -> JSONResponse:
    """Unload an adapter; what it is answering is answered first."""
    await request.app.state.loader.unload(name)
    return answered({"name": name, "status": "unloaded"})

"""The FastAPI application: routes, the form of errors, and what runs beside them."""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from hf_sentiment.errors import SentimentError, require
from hf_sentiment.serving.gate import LOOPBACK, Gate
from hf_sentiment.serving.keys import Keys
from hf_sentiment.serving.loader import Loader
from hf_sentiment.serving.refusals import RefusedError
from hf_sentiment.serving.routes import classify, hub, inference_v2, operations, tei
from hf_sentiment.serving.service import Service
from hf_sentiment.serving.settings import ServeSettings
from hf_sentiment.version import __version__

log = logging.getLogger("hf_sentiment.serving")
NOT_JSON = "The body is not JSON."
# Ours are written so; pydantic puts names of types beside them.
FIELD = re.compile("[a-z0-9_]{1,40}")


def create_app(settings: ServeSettings, failed: Callable[[SentimentError], None]) -> FastAPI:
    """The application of a server, which opens its adapters once it runs.

    Args:
        settings: its settings.
        failed: called if the adapters cannot be opened.

    Raises:
        SentimentError: the keys cannot be read, or a package is missing.
    """
    service = Service(settings)
    app = FastAPI(
        title="hf_sentiment", version=__version__, docs_url=None, redoc_url=None, lifespan=_lifespan(service, failed)
    )
    app.state.service, app.state.loader = service, Loader(service)
    # Where Vertex AI asks.
    predict, health = os.environ.get("AIP_PREDICT_ROUTE"), os.environ.get("AIP_HEALTH_ROUTE")
    if predict:
        hub.add_vertex(app.router, predict)
    if health:
        app.add_api_route(health, operations.ready, methods=["GET"])
    for routes in (hub, tei, classify, inference_v2, operations):
        app.include_router(routes.router)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _no_route)
    local = settings.host in LOOPBACK
    names = [*LOOPBACK, *settings.host_name] if local or settings.host_name else None
    app.add_middleware(
        Gate,
        service=service,
        keys=Keys.read(settings.api_key_file),
        host_names=names,
        open_paths=[health] if health else [],
    )
    if settings.cors_origin:
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors_origin, allow_methods=["*"], allow_headers=["*"])
    if settings.telemetry:
        _trace(app)
    return app


def _lifespan(service: Service, failed: Callable[[SentimentError], None]) -> Callable:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Beside the requests, so that /health answers meanwhile.
        opening = asyncio.create_task(_open(service, app.state.loader, failed))
        yield
        opening.cancel()
        service.ready = False
        await asyncio.to_thread(service.engine.stop)

    return lifespan


async def _open(service: Service, loader: Loader, failed: Callable[[SentimentError], None]) -> None:
    try:
        await loader.start()
    except SentimentError as error:
        failed(error)
        return
    except Exception as error:  # noqa: BLE001 - a server without adapters must not go on
        log.exception("the adapters cannot be opened")
        failed(SentimentError(f"The adapters cannot be opened ({type(error).__name__}); the log has the reason."))
        return
    log.info("ready", extra={"fields": {"adapters": service.registry.names}})


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)
    return JSONResponse(error.body, error.status, error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """What is wrong with a body, without quoting it."""
    assert isinstance(error, RequestValidationError)
    # A body that fits none of several forms has an error for each: the one that came farthest is the likely one.
    farthest = max(error.errors(), key=lambda each: len(each["loc"]))
    if farthest["type"] == "json_invalid":
        return await _refused(request, RefusedError(NOT_JSON, 400))
    # Names of classes are among the keys and places.
    place = ".".join(str(each) for each in farthest["loc"][1:] if isinstance(each, int) or FIELD.fullmatch(each))
    return await _refused(request, RefusedError(f"The body does not fit at {place[:100] or '.'}: {farthest['msg']}."))


async def _no_route(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    # FastAPI's own, for bytes that are no text.
    sentence = NOT_JSON if error.status_code == 400 else f"{error.detail}: /openapi.json lists the routes."
    return JSONResponse(RefusedError(sentence).body, error.status_code, error.headers)


def _trace(app: FastAPI) -> None:
    require("opentelemetry.instrumentation.fastapi", "telemetry", "Tracing")
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider)

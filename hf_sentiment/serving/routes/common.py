"""What all routes share."""

from typing import Any, cast

from fastapi import Request
from fastapi.responses import JSONResponse

from hf_sentiment.serving.schemas import ErrorBody, ReviewBody
from hf_sentiment.serving.service import Service

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": text}
    for status, text in {
        400: "The body is not JSON",
        401: "No valid key",
        404: "No such adapter",
        408: "The request did not arrive in time",
        413: "Too large, or too many reviews",
        415: "Not application/json",
        421: "Another host name",
        422: "A review or an option is invalid",
        424: "The model failed",
        429: "Overloaded: see Retry-After",
        503: "Not ready",
        504: "Not answered in time",
    }.items()
}


def service_of(request: Request) -> Service:
    """The server that a request is for."""
    return cast(Service, request.app.state.service)


def as_inputs(reviews: list[Any]) -> list[object]:
    """Reviews as the core reads them."""
    return [each.model_dump() if isinstance(each, ReviewBody) else each for each in reviews]


def answered(content: object, status: int = 200) -> JSONResponse:
    """An answer; it is JSON already, so nothing is validated or copied."""
    return JSONResponse(content, status)

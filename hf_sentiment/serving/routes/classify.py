"""Our own route: titles, windows, target errors, explanations, and several adapters at once."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hf_sentiment.serving.refusals import RefusedError
from hf_sentiment.serving.routes.common import ERRORS, answered, as_inputs, service_of
from hf_sentiment.serving.schemas import ClassifyAnswer, ClassifyRequest
from hf_sentiment.serving.service import Outcome

router = APIRouter(responses=ERRORS, tags=["hf_sentiment"])
WHO = {"reviews", "adapter", "adapters"}


@router.post("/classify", response_model=ClassifyAnswer)
async def classify(request: Request, body: ClassifyRequest) -> JSONResponse:
    """Classify reviews; one that cannot be scored has an error in its place, and the others have their answers.

    Without `top_k`, an answer is the label with the highest score; with it, a list. With `adapters`, it is an object
    with the answer of each adapter under its name.
    """
    service = service_of(request)
    listed = body.top_k is not None or body.present
    options: dict[str, Any] = body.model_dump(exclude=WHO) | {"top_k": body.top_k or 1}
    reviews = as_inputs(body.reviews)
    if body.adapters is None:
        outcomes = await service.outcomes(service.registry.get(body.adapter), reviews, **options)
        return answered({"answers": [_shown(outcome, listed) for outcome in outcomes]})
    if body.adapter is not None:
        raise RefusedError("Give adapter or adapters, not both.")
    named = service.registry.names if body.adapters == "all" else list(dict.fromkeys(body.adapters))
    service.check_count(len(reviews) * len(named))
    adapters = [service.registry.get(name) for name in named]
    found = await asyncio.gather(*(service.outcomes(adapter, reviews, **options) for adapter in adapters))
    return answered(
        {
            "answers": [
                {name: _shown(outcome, listed) for name, outcome in zip(named, outcomes, strict=True)}
                for outcomes in zip(*found, strict=True)
            ]
        }
    )


def _shown(outcome: Outcome, listed: bool) -> Any:
    if isinstance(outcome, RefusedError):
        return outcome.body
    return outcome if listed else outcome[0]

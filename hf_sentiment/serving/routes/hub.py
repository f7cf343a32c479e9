"""The hosted inference API of the Hub, as huggingface_hub's InferenceClient asks, and what SageMaker and Vertex ask."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hf_sentiment.core.answers import Answer
from hf_sentiment.serving.routes.common import ERRORS, answered, as_inputs, service_of
from hf_sentiment.serving.schemas import HubRequest, LabelScore, Options, Predictions, VertexRequest

router = APIRouter(responses=ERRORS, tags=["Hugging Face, SageMaker, Vertex AI"])


async def _answers(request: Request, body: HubRequest, name: str | None) -> list[list[Answer]]:
    service = service_of(request)
    reviews = body.inputs if isinstance(body.inputs, list) else [body.inputs]
    options = (body.parameters or Options()).chosen()
    return await service.answer(service.registry.get(name), as_inputs(reviews), **options)


@router.post("/", response_model=list[list[LabelScore]])
async def classify_first(request: Request, body: HubRequest) -> JSONResponse:
    """Classify with the first adapter. The answer is nested for one review, too, as InferenceClient reads it."""
    return answered(await _answers(request, body, None))


@router.post("/models/{name:path}", response_model=list[list[LabelScore]])
async def classify_with(request: Request, name: str, body: HubRequest) -> JSONResponse:
    """Classify with an adapter by its name."""
    return answered(await _answers(request, body, name))


@router.post("/invocations", response_model=list[list[LabelScore]])
async def invocations(request: Request, body: HubRequest) -> JSONResponse:
    """Classify as SageMaker asks."""
    return answered(await _answers(request, body, None))


async def vertex(request: Request, body: VertexRequest) -> JSONResponse:
    """Classify as Vertex AI asks, on the route that AIP_PREDICT_ROUTE names."""
    same = HubRequest(inputs=body.instances, parameters=body.parameters)
    return answered({"predictions": await _answers(request, same, None)})


def add_vertex(router: APIRouter, path: str) -> None:
    """Answer Vertex AI on a path."""
    router.add_api_route(path, vertex, methods=["POST"], response_model=Predictions, responses=ERRORS)

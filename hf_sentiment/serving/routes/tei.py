"""The API of text-embeddings-inference: /predict and /info."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hf_sentiment.serving.refusals import RefusedError
from hf_sentiment.serving.routes.common import ERRORS, answered, service_of
from hf_sentiment.serving.schemas import LabelScore, TeiRequest
from hf_sentiment.version import __version__

router = APIRouter(responses=ERRORS, tags=["text-embeddings-inference"])
PAIR = 'A pair of texts cannot be classified: send one text, or a batch as [["a"], ["b"]].'


@router.post("/predict", response_model=list[LabelScore] | list[list[LabelScore]])
async def predict(request: Request, body: TeiRequest) -> JSONResponse:
    """Classify with the first adapter: a flat list for one review, a nested one for a batch."""
    service = service_of(request)
    adapter = service.registry.get()
    texts, batch = _texts(body.inputs)
    if body.truncate and (body.truncation_direction.lower() == "left") != adapter.scorer.encoder.layout.format.cut_left:
        raise RefusedError(f"This tokenizer does not truncate on the {body.truncation_direction.lower()}.")
    answers = await service.answer(
        adapter,
        texts,
        top_k=None,
        function_to_apply="none" if body.raw_scores else None,
        long_reviews="truncate" if body.truncate else None,
    )
    return answered(answers if batch else answers[0])


def _texts(inputs: str | list[str] | list[list[str]]) -> tuple[list[str], bool]:
    """The texts, and whether they are a batch."""
    if isinstance(inputs, str):
        return [inputs], False
    batch = not inputs or isinstance(inputs[0], list)
    groups = [each if isinstance(each, list) else [each] for each in inputs] if batch else [inputs]
    if any(len(group) != 1 for group in groups):
        raise RefusedError(PAIR if any(len(group) > 1 for group in groups) else "A text is missing.")
    return [str(text) for group in groups for text in group], batch


@router.get("/info", response_model=dict[str, Any])
async def info(request: Request) -> JSONResponse:
    """What is served, with text-embeddings-inference's names."""
    service = service_of(request)
    adapter, settings = service.registry.get(), service.settings
    config = adapter.scorer.config
    return answered(
        {
            "model_id": adapter.source.rstrip("/").rpartition("/")[2]
            if adapter.source[:1] in "/.~"
            else adapter.source,
            "model_sha": adapter.revision,
            "model_dtype": adapter.identity["dtype"],
            "model_type": {
                "classifier": {
                    "id2label": {str(index): label for index, label in config.id2label.items()},
                    "label2id": {label: index for index, label in config.id2label.items()},
                }
            },
            "max_concurrent_requests": settings.max_queue,
            "max_input_length": config.max_length,
            "max_batch_tokens": settings.max_batch_tokens,
            "max_client_batch_size": settings.max_client_batch_size,
            "auto_truncate": config.long_reviews == "truncate",
            "version": __version__,
            "adapters": service.registry.names,
        }
    )

"""Answer the requests of a Hugging Face Inference Endpoint with the adapter in this folder.

A request is one of the hosted text-classification API:

    {"inputs": "Great value.", "parameters": {"top_k": 1}}

"inputs" is a review or a list of them; a review is a string, or {"title": ..., "text": ...}. "parameters" are the
keywords of `SentimentPipeline.__call__`, such as top_k, function_to_apply, target_error, explain and windows.

The answer has one list per review, in order: all labels, highest score first, unless "parameters" say otherwise.

    [[{"label": "Positive", "score": 0.98}, {"label": "Negative", "score": 0.02}]]

A mistake in a request is an exception, which the endpoint sends as status 400 with the message.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

# The code of hf_sentiment that published the adapter.
PACKAGE = "hf_sentiment.zip"


class EndpointHandler:
    """The class that an endpoint makes once and calls for each request."""

    def __init__(self, path: str = "", **kwargs: Any) -> None:
        """Load the adapter.

        Args:
            path: the local folder of the repository.
            **kwargs: what an endpoint passes besides is ignored.
        """
        folder = Path(path).absolute()
        if (folder / PACKAGE).is_file():
            sys.path.insert(0, str(folder / PACKAGE))
        self.classify = importlib.import_module("hf_sentiment").load(folder)

    def __call__(self, data: dict[str, Any]) -> list[Any]:
        """Answer one request.

        Args:
            data: the request's body, see this file's docstring.

        Raises:
            ValueError: there is no review, or the parameters are no object.
            hf_sentiment.SentimentError: a review is empty or is not text, or a parameter is unknown or invalid.
        """
        inputs = data.get("inputs") if isinstance(data, dict) else None
        if inputs is None or inputs == []:
            raise ValueError('The request has no review: give {"inputs": "..."}, or a list of reviews as "inputs".')
        parameters = data.get("parameters") or {}
        if not isinstance(parameters, dict):
            raise ValueError(f'"parameters" is {parameters!r}: give an object, such as {{"top_k": 1}}.')
        answers = self.classify(inputs, **{"top_k": None, **parameters})
        return answers if isinstance(inputs, list) else [answers]

"""The server, with all of its protocols, as an application of Ray Serve: each replica is one server with one processor.

    pip install -e ".[embedded,openvino,serve]" "ray[serve]>=2.60,<2.61"
    serve run --app-dir launch ray_serve:build adapter=user/my-adapter replicas=4       # http://127.0.0.1:8000

A replica whose adapter is still being opened says 503, as `hf-sentiment serve` does.
"""

import os

from fastapi import FastAPI
from ray import serve
from ray.serve import Application

from hf_sentiment.errors import SentimentError
from hf_sentiment.serving.app import create_app
from hf_sentiment.serving.logs import log_failure
from hf_sentiment.serving.settings import ServeSettings

# Ray's queue is before that of the server, which says 429 when it is full.
MOST_REQUESTS = 256


def build(options: dict[str, str]) -> Application:
    """The application.

    Args:
        options: "adapter" (the shipped one by default), "dtype", and "replicas" (2).
    """
    settings = ServeSettings(adapter=(options.get("adapter", "default"),), dtype=options.get("dtype", "auto"))

    def failed(error: SentimentError) -> None:
        log_failure(error)
        # Ray starts another replica.
        os._exit(1)

    def make_app() -> FastAPI:
        return create_app(settings, failed)

    @serve.deployment(
        num_replicas=int(options.get("replicas", "2")),
        max_ongoing_requests=MOST_REQUESTS,
        ray_actor_options={"num_cpus": 1},
    )
    @serve.ingress(make_app)
    class Sentiment:
        """A replica."""

    return Sentiment.bind()

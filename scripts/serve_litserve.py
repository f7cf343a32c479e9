"""LitServe around the stock pipeline, with its batching: `python scripts/serve_litserve.py MERGED PORT`."""

import sys

import litserve
from transformers import pipeline


class Sentiment(litserve.LitAPI):
    """The stock pipeline."""

    def __init__(self, merged: str) -> None:
        super().__init__(max_batch_size=16, batch_timeout=0.01)
        self.merged = merged

    def setup(self, device: str) -> None:
        """Load the model, in a process of LitServe."""
        self.classify = pipeline("text-classification", model=self.merged, device=device)

    def decode_request(self, request: dict) -> str:
        """The review of a request."""
        return request["inputs"]

    def predict(self, reviews: list[str]) -> list[dict]:
        """Classify a batch."""
        return self.classify(reviews, batch_size=len(reviews), truncation=True)

    def encode_response(self, answer: dict) -> dict:
        """An answer."""
        return answer


if __name__ == "__main__":
    server = litserve.LitServer(Sentiment(sys.argv[1]), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False)

"""FastAPI around the stock pipeline, as tutorials write it: `python scripts/serve_fastapi.py MERGED PORT`."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

app = FastAPI()
classify = pipeline("text-classification", model=sys.argv[1])


class Review(BaseModel):
    """A request."""

    inputs: str


@app.get("/health")
def health() -> dict:
    """It runs."""
    return {"status": "ok"}


@app.post("/")
def predict(review: Review) -> list[dict]:
    """Classify on one of FastAPI's threads."""
    return classify(review.inputs, truncation=True)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]))

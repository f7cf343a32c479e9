"""The systems of benchmark.py, each through the call that its users make.

A system is built once, in a process of its own, from the texts and the folders that benchmark.py has prepared; what
comes back scores all texts and returns their labels' numbers.
"""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Score = Callable[[], list[int]]
Build = Callable[[list[str], dict[str, str]], Score]


@dataclass(frozen=True)
class System:
    """A system to measure.

    Attributes:
        build: see the module.
        rate: the library that computes, and its precision, to compare with its product of two matrices.
        needs: a package, without which the system is left out.
        labels: whether its labels are those of the adapter; an embedding or another head has none to compare.
        python: name of the option with another interpreter, for a package that needs other versions.
    """

    build: Build
    rate: tuple[str, str]
    needs: str | None = None
    labels: bool = True
    python: str | None = None

    def missing(self) -> str | None:
        """Why it cannot be measured here; None if it can."""
        if self.needs and not self.python and importlib.util.find_spec(self.needs) is None:
            return f"{self.needs} is not installed"
        return None


def ours(one_by_one: bool = False, **options: Any) -> Build:
    """This package: `classify(reviews)`, dictionaries out."""

    def build(texts: list[str], folders: dict[str, str]) -> Score:
        import hf_sentiment

        classify = hf_sentiment.load(folders["adapter"], base_model=folders["base_model"], **options)
        return _numbered(classify, texts, one_by_one)

    return build


def runtime(export: str, dtype: str, one_by_one: bool = False) -> Build:
    """An export, without torch and transformers."""

    def build(texts: list[str], folders: dict[str, str]) -> Score:
        from hf_sentiment.runtime import load

        return _numbered(load(folders[export], dtype=dtype), texts, one_by_one)

    return build


def _numbered(classify: Any, texts: list[str], one_by_one: bool) -> Score:
    number = {label: index for index, label in enumerate(classify.sentiment_config.labels)}
    if one_by_one:
        return lambda: [number[classify(text)[0]["label"]] for text in texts]
    return lambda: [number[answer["label"]] for answer in classify(texts)]


def stock(batch_size: int) -> Build:
    """Transformers' own pipeline on the merged model, in float32."""

    def build(texts: list[str], folders: dict[str, str]) -> Score:
        import torch
        from transformers import pipeline

        classify = pipeline("text-classification", model=folders["merged"], dtype=torch.float32)
        number = classify.model.config.label2id
        return lambda: [number[a["label"]] for a in classify(texts, batch_size=batch_size, truncation=True)]

    return build


def cross_encoder(texts: list[str], folders: dict[str, str]) -> Score:
    """sentence-transformers' CrossEncoder, which sorts by length; it needs pairs, so the second text is empty."""
    import torch
    from sentence_transformers import CrossEncoder

    pairs = [(text, "") for text in texts]
    model = CrossEncoder(folders["merged"], model_kwargs={"dtype": torch.float32})
    return lambda: model.predict(pairs, batch_size=32, show_progress_bar=False).argmax(1).tolist()


def sentence_transformer(texts: list[str], folders: dict[str, str]) -> Score:
    """sentence-transformers' embeddings of the base alone: what a classifier on top of them costs at least."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folders["base"], device="cpu")
    model.max_seq_length = 256
    return lambda: [len(row) for row in model.encode(texts, batch_size=32, show_progress_bar=False)]


def setfit(texts: list[str], folders: dict[str, str]) -> Score:
    """SetFit's predict: the base as a sentence embedder, and a logistic regression, which learns from eight texts."""
    import numpy
    from setfit import SetFitModel

    model = SetFitModel.from_pretrained(folders["base"])
    model.fit(texts[:8], [0, 1] * 4, num_epochs=1)
    return lambda: numpy.asarray(model.predict(texts, batch_size=32, show_progress_bar=False)).tolist()


def infinity(texts: list[str], folders: dict[str, str]) -> Score:
    """Infinity's engine on the merged model, with its own batching."""
    import asyncio

    from infinity_emb import AsyncEngineArray, EngineArgs

    args = EngineArgs(model_name_or_path=folders["merged"], engine="torch", device="cpu", model_warmup=False)
    engine = AsyncEngineArray.from_args([args])[0]
    loop = asyncio.new_event_loop()
    loop.run_until_complete(engine.astart())
    number = json.loads((Path(folders["merged"]) / "config.json").read_text())["label2id"]

    def score() -> list[int]:
        answers, _ = loop.run_until_complete(engine.classify(sentences=texts))
        best = [max(each, key=lambda entry: entry["score"]) for each in answers]
        return [number[entry["label"]] for entry in best]

    return score


STOCK = "stock pipeline, batch 32"
ONE_BY_ONE = "stock pipeline, one by one"
BF16, INT8 = "hf_sentiment, OpenVINO bf16", "hf_sentiment, OpenVINO int8"
# In the order of the table.
SYSTEMS: dict[str, System] = {
    STOCK: System(stock(32), ("torch", "float32")),
    ONE_BY_ONE: System(stock(1), ("torch", "float32")),
    "sentence-transformers CrossEncoder": System(cross_encoder, ("torch", "float32"), "sentence_transformers"),
    "sentence-transformers, embeddings alone": System(
        sentence_transformer, ("torch", "float32"), "sentence_transformers", labels=False
    ),
    "SetFit predict": System(setfit, ("torch", "float32"), "setfit", labels=False),
    "infinity": System(infinity, ("torch", "float32"), "infinity_emb", python="infinity_python"),
    "hf_sentiment, torch float32": System(ours(dtype="float32"), ("torch", "float32")),
    "hf_sentiment, torch (default)": System(ours(), ("torch", "bfloat16")),
    "hf_sentiment, ONNX Runtime float32": System(runtime("onnx", "float32"), ("onnxruntime", "float32"), "onnxruntime"),
    "hf_sentiment, ONNX Runtime int8": System(runtime("onnx_int8", "int8"), ("onnxruntime", "int8"), "onnxruntime"),
    "hf_sentiment, OpenVINO float32": System(
        ours(backend="openvino", dtype="float32"), ("openvino", "float32"), "openvino"
    ),
    BF16: System(ours(backend="openvino", dtype="bfloat16"), ("openvino", "bfloat16"), "openvino"),
    INT8: System(ours(backend="openvino", dtype="int8"), ("openvino", "int8"), "openvino"),
    "hf_sentiment.runtime, OpenVINO bf16": System(
        runtime("openvino", "bfloat16"), ("openvino", "bfloat16"), "openvino"
    ),
    "hf_sentiment.runtime, OpenVINO int8": System(runtime("openvino_int8", "int8"), ("openvino", "int8"), "openvino"),
    "hf_sentiment.runtime, OpenVINO int8, one by one": System(
        runtime("openvino_int8", "int8", one_by_one=True), ("openvino", "int8"), "openvino"
    ),
}
NEEDS_BF16 = (BF16, "hf_sentiment.runtime, OpenVINO bf16")

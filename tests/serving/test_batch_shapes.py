"""Few shapes, and no batch of any other."""

import dataclasses
import random
import time

import numpy as np
import pytest

from hf_sentiment.runtime import load
from hf_sentiment.serving.batch_shapes import BatchShapes
from hf_sentiment.serving.engine import Engine
from hf_sentiment.serving.metrics import Metrics
from hf_sentiment.serving.opener import served_alone
from hf_sentiment.serving.tickets import Ticket


@pytest.mark.parametrize("window", [30, 256, 512, 8192])
def test_lengths_are_few_and_none_is_much_longer_than_its_text(window):
    shapes = BatchShapes(window, 384)
    lengths = [shapes.length(tokens) for tokens in range(1, window + 1)]
    assert lengths == sorted(lengths) and lengths[-1] == window
    assert all(tokens <= length <= tokens + max(15, tokens / 4) for tokens, length in enumerate(lengths, 1))
    assert {length for _, length in shapes} == set(lengths) and len(set(lengths)) < 40
    # A window that the model has not is not padded to it.
    assert shapes.length(window + 5) == window + 5


def test_all_shapes_fit_into_the_budget_unless_one_window_does_not():
    shapes = list(BatchShapes(512, 384))
    assert len(shapes) == len(set(shapes)) and (1, 512) in shapes and (24, 16) in shapes and (3, 128) in shapes
    assert all(count == 1 or count * length <= 384 for count, length in shapes)
    assert [count for count, _ in shapes] == sorted(count for count, _ in shapes)


def test_the_engine_computes_no_other_shapes(served_export):
    classify = load(served_export, dtype="float32")
    adapter, seen = served_alone("cool", "cool", None, classify.scorer, {}), set()

    def compute(batch, keys, all_cores):
        seen.add(batch.inputs["input_ids"].shape)
        return adapter.compute(batch, keys, all_cores)

    recorded, draw = dataclasses.replace(adapter, compute=compute), random.Random(0)
    texts = ["good thing " * draw.choice((1, 2, 3, 5, 8, 20, 60)) for _ in range(200)]
    engine = Engine(1000, 1024, 60.0, Metrics())
    rows, owners = classify.scorer.tokenize(texts)
    tickets = [Ticket(recorded, [row], time.monotonic() + 60) for row in rows]
    for ticket in tickets:
        engine.queue.put(ticket)
    engine.start(adapter.lanes)
    raw = np.concatenate([each.future.result(60).logits for each in tickets])
    engine.stop()
    np.testing.assert_allclose(classify.scorer.calibrate(raw, owners), classify.logits(texts), atol=1e-4)
    assert seen <= set(adapter.shapes) and any(count > 1 for count, _ in seen)


def test_kernels_are_made_for_each_shape_and_no_longer_than_allowed(served_export):
    backend, asked = load(served_export, dtype="float32").scorer.backend, []

    def shapes():
        for shape in ((1, 16), (2, 16)):
            asked.append(shape)
            yield shape

    backend.compile_shapes(shapes(), 60.0)
    assert asked == [(1, 16), (2, 16)]
    asked.clear()
    backend.compile_shapes(shapes(), -1.0)
    assert asked == [(1, 16)]

"""The thread that computes."""

import asyncio
import time

import numpy as np
import pytest

from hf_sentiment.runtime import load
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.engine import Engine
from hf_sentiment.serving.metrics import Metrics
from hf_sentiment.serving.opener import logits_of
from hf_sentiment.serving.refusals import RefusedError
from hf_sentiment.serving.service import Service
from hf_sentiment.serving.settings import ServeSettings
from hf_sentiment.serving.tickets import Ticket


class Breaking:
    """A backend that fails for a batch with a token id, as a runtime may for one input."""

    def __init__(self, backend, token):
        self.backend, self.token, self.length_step = backend, token, backend.length_step

    def run(self, batches):
        batches = list(batches)
        if any((batch.inputs["input_ids"] == self.token).any() for batch in batches):
            raise RuntimeError("this input")
        return self.backend.run(batches)


@pytest.fixture(scope="module")
def classify(served_export):
    return load(served_export, dtype="float32")


def start(classify, backend):
    engine = Engine(1000, 4096, 60.0, Metrics())
    engine.start()
    adapter = ServedAdapter(
        "cool", "cool", None, {}, classify.scorer, "one", lambda batch, keys, all_cores: logits_of(backend, batch)
    )
    return engine, adapter


def test_it_computes_what_the_core_computes(classify):
    engine, adapter = start(classify, classify.scorer.backend)
    texts = [f"good thing number {number} " * (1 + number) for number in range(40)]
    rows, owners = classify.scorer.tokenize(texts)
    tickets = []
    for place in range(len(texts)):
        own = [row for row, owner in zip(rows, owners, strict=True) if owner == place]
        tickets.append(Ticket(adapter, own, time.monotonic() + 60))
        engine.queue.put(tickets[-1])
    raw = np.concatenate([each.future.result(60).logits for each in tickets])
    np.testing.assert_allclose(classify.scorer.calibrate(raw, owners), classify.logits(texts), atol=1e-4)
    engine.stop()


def test_a_window_that_breaks_the_backend_fails_alone(classify):
    rows, _ = classify.scorer.tokenize(["good thing", "bad thing", "lovely"])
    (broken,) = set(rows[1]) - set(rows[0])
    engine, adapter = start(classify, Breaking(classify.scorer.backend, broken))
    first = Ticket(adapter, rows[:2], time.monotonic() + 60)
    second = Ticket(adapter, rows[2:], time.monotonic() + 60)
    for each in (first, second):
        engine.queue.put(each)
    assert first.future.result(60).failed == {1}
    assert second.future.result(60).failed == set()
    np.testing.assert_allclose(
        first.future.result().logits[:1] / classify.sentiment_config.temperature,
        classify.logits(["good thing"]),
        atol=1e-4,
    )
    # The logits of the window are not numbers that anybody may read.
    with pytest.raises(RefusedError, match="could not score"):
        engine.score_now(adapter, rows, 60.0)
    np.testing.assert_array_equal(engine.score_now(adapter, rows[:1], 60.0), first.future.result().logits[:1])
    engine.stop()


def test_a_review_that_cannot_be_scored_or_explained_fails_alone(classify):
    rows, _ = classify.scorer.tokenize(["good thing", "bad thing"])
    (broken,) = set(rows[1]) - set(rows[0])
    service = Service(ServeSettings(log_requests=False))
    service.engine.start()
    backend = Breaking(classify.scorer.backend, broken)
    adapter = ServedAdapter(
        "cool", "cool", None, {}, classify.scorer, "one", lambda batch, keys, all_cores: logits_of(backend, batch)
    )
    for explain in (True, False):
        good, bad, fine = asyncio.run(service.outcomes(adapter, ["good thing", "bad thing", "lovely"], explain=explain))
        assert isinstance(bad, RefusedError) and bad.status == 424
        assert good[0]["label"] == classify("good thing")[0]["label"] and ("explanation" in fine[0]) == explain
    service.engine.stop()


def test_scores_of_an_explanation_come_from_the_same_queue(classify):
    from hf_sentiment.serving.queued_scorer import QueuedScorer

    engine, adapter = start(classify, classify.scorer.backend)
    scorer = classify.scorer
    queued = QueuedScorer(scorer.config, scorer.encoder, scorer.backend, adapter=adapter, engine=engine, seconds=60)
    texts = ["good thing", "bad " * 100]
    np.testing.assert_allclose(queued.text_logits(texts), scorer.text_logits(texts), atol=1e-4)
    engine.stop()

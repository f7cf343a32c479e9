"""Threads that share a pipeline and call it with different options get what one thread gets."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from tiny import tiny_reviews

import hf_sentiment
from hf_sentiment.backends import export_cache

REVIEWS = [row["text"] for row in tiny_reviews(40, seed=13)]
LONG = [" ".join(REVIEWS[start : start + 12]) for start in range(0, 36, 6)]
OPTIONS = [
    {},
    {"max_length": 5},
    {"max_length": 17, "long_reviews": "truncate"},
    {"long_reviews": "windows", "windows": True},
    {"long_reviews": "truncate", "top_k": None},
    {"top_k": 2, "max_length": 9},
    {"explain": True},
    {"explain": True, "max_length": 11},
    {"function_to_apply": "none"},
    {"batch_size": 2},
]
ANSWERS = 2000


@pytest.mark.parametrize("backend", ["torch", "openvino"])
def test_sixteen_threads_with_mixed_options(backend, binary_adapter, tmp_path, monkeypatch):
    monkeypatch.setattr(export_cache, "CACHE", tmp_path)
    classify = hf_sentiment.load(binary_adapter, backend=backend, dtype="float32")
    draw = random.Random(0)
    jobs, answers = [], 0
    while answers < ANSWERS:
        options = draw.choice(OPTIONS)
        # An explanation takes as long as a hundred answers.
        reviews = draw.sample(REVIEWS + LONG, 1 if "explain" in options else draw.randint(1, 12))
        jobs.append((reviews, options))
        answers += len(reviews)
    expected = [classify(reviews, **options) for reviews, options in jobs]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda job: classify(job[0], **job[1]), jobs))
    wrong = sum(
        not _same(a, b) for one, other in zip(found, expected, strict=True) for a, b in zip(one, other, strict=True)
    )
    assert wrong == 0


def test_sixteen_threads_share_several_adapters(binary_adapter, three_class_adapter):
    both = hf_sentiment.load({"two": binary_adapter, "three": three_class_adapter, "again": binary_adapter})
    draw = random.Random(1)
    jobs = [
        (draw.sample(REVIEWS + LONG, 4), draw.choice(["two", "three", "again", None]), draw.choice([None, 1]))
        for _ in range(120)
    ]

    def ask(job):
        reviews, adapter, top_k = job
        return both(reviews, adapter=adapter, top_k=top_k, windows=True)

    expected = [ask(job) for job in jobs]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(ask, jobs))
    assert all(_same(one, other) for one, other in zip(found, expected, strict=True))


def _same(one, other):
    """Equal but for the last digits, in which torch's own threads may differ."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == pytest.approx(other, abs=1e-4) if isinstance(one, float) else one == other

"""A report with everything in it: the shipped adapter on the demo corpus."""

import copy
import dataclasses
import functools

import hf_sentiment
from hf_sentiment.evaluation import evaluate_adapter
from hf_sentiment.evaluation.choose_on_validation import choose_on_validation
from hf_sentiment.evaluation.evaluate import score_reviews
from hf_sentiment.metrics.baselines import word_scores
from hf_sentiment.metrics.predictions import true_labels
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions


def demo_report() -> dict:
    """What report.json holds, every key of it."""
    return copy.deepcopy(_report())


@functools.cache
def _report() -> dict:
    classify = hf_sentiment.load(dtype="float32")
    reviews = load_reviews(DataOptions("demo", columns=Columns(slices=("kind",))))
    classify.adapter.config = dataclasses.replace(classify.sentiment_config, temperature=1.0, abstention=None)
    config = classify.sentiment_config
    truth = true_labels(reviews.validation["label"][:], config)
    chosen = choose_on_validation(score_reviews(classify, reviews.validation), truth, config)
    # So few validation rows vouch for no threshold; what given ones do on the test rows is counted all the same.
    given = [{"target_error": 0.05, "threshold": 0.9}, {"target_error": 0.1, "threshold": 0.8}]
    classify.adapter.config = dataclasses.replace(chosen, abstention=given)
    return evaluate_adapter(
        classify,
        reviews.test,
        dataset_name="demo.csv",
        words=word_scores(reviews.train, reviews.test, config),
        splits=reviews.rows,
        texts=True,
    ).to_dict()

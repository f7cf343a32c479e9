"""A report with every key: the shipped adapter on the demo corpus."""

import copy
import dataclasses
import functools

import hf_sentiment
from hf_sentiment.evaluation import evaluate_adapter
from hf_sentiment.evaluation.choose_on_validation import choose_on_validation
from hf_sentiment.evaluation.evaluate import score_reviews
from hf_sentiment.metrics.baselines import tfidf_logits
from hf_sentiment.metrics.predictions import true_labels
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions


def demo_report() -> dict:
    """The content of report.json, with every key."""
    return copy.deepcopy(_report())


@functools.cache
def _report() -> dict:
    classify = hf_sentiment.load(dtype="float32")
    reviews = load_reviews(DataOptions("demo", columns=Columns(slices=("kind",))))
    classify.adapter.config = dataclasses.replace(classify.sentiment_config, temperature=1.0, abstention=None)
    config = classify.sentiment_config
    truth = true_labels(reviews.validation["label"][:], config)
    chosen = choose_on_validation(score_reviews(classify, reviews.validation), truth, config)
    # There are too few validation rows to choose thresholds, so set them here.
    given = [{"target_error": 0.05, "threshold": 0.9}, {"target_error": 0.1, "threshold": 0.8}]
    classify.adapter.config = dataclasses.replace(chosen, abstention=given)
    return evaluate_adapter(
        classify,
        reviews.test,
        dataset_name="demo.csv",
        tfidf=tfidf_logits(reviews.train, reviews.test, config),
        splits=reviews.rows,
        texts=True,
    ).to_dict()

"""Numbers that can be trusted: how good an adapter is, on which rows, and how sure that is."""

from hf_sentiment.evaluation.evaluate import evaluate_adapter
from hf_sentiment.evaluation.metric import SentimentMetric
from hf_sentiment.evaluation.report import EvaluationReport, make_report

__all__ = ["EvaluationReport", "SentimentMetric", "evaluate_adapter", "make_report"]

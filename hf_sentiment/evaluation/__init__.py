"""Evaluate adapters on labelled reviews, with intervals, baselines and checks of the rows."""

from hf_sentiment.evaluation.compare import compare
from hf_sentiment.evaluation.comparison import Comparison
from hf_sentiment.evaluation.evaluate import evaluate_adapter
from hf_sentiment.evaluation.make_report import make_report
from hf_sentiment.evaluation.sentiment_metric import SentimentMetric
from hf_sentiment.reports.report import EvaluationReport

__all__ = ["Comparison", "EvaluationReport", "SentimentMetric", "compare", "evaluate_adapter", "make_report"]

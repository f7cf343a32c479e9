"""The metric as an `evaluate.Metric`."""

import pytest

from hf_sentiment.evaluation import SentimentMetric


def test_the_metric_needs_no_network(hub):
    metric = SentimentMetric(config_name="single")
    assert metric.compute(predictions=[0, 1, 1], references=[0, 1, 0])["accuracy"] == pytest.approx(2 / 3)
    assert hub.requests == []


def test_a_multi_label_row_is_correct_if_all_of_its_labels_are():
    metric = SentimentMetric(config_name="multilabel")
    found = metric.compute(predictions=[[1, 0], [1, 1]], references=[[1, 0], [0, 1]])
    assert found["accuracy"] == 0.5 and found["micro_f1"] == pytest.approx(0.8)

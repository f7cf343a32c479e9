"""Scores of correct and wrong answers, and the most confident errors."""

import numpy as np
from tiny import tiny_reviews, write_csv

from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.evaluation import evaluate_adapter
from hf_sentiment.metrics.confidence import most_confident_errors, score_histogram


def test_the_most_confident_errors_come_first_and_can_be_found_in_the_source(tmp_path, binary_adapter):
    rows = tiny_reviews(40, seed=5)
    for place in (7, 22):
        rows[place]["label"] = "Positive" if rows[place]["label"] == "Negative" else "Negative"
    path = str(write_csv(tmp_path / "rows.csv", rows))
    report = evaluate_adapter(binary_adapter, path)
    scores = [each["score"] for each in report.mistakes]
    assert scores == sorted(scores, reverse=True) and {7, 22} <= {each["row"] for each in report.mistakes}
    for each in report.mistakes:
        row = rows[each["row"]]
        assert (each["text"], each["true"]) == (row["text"], row["label"]) and each["predicted"] != row["label"]
    assert all("text" not in each for each in evaluate_adapter(binary_adapter, path, texts=False).mistakes)
    wrong = round(40 * (1 - report.accuracy))
    assert (sum(report.histogram["wrong"]), sum(report.histogram["right"])) == (wrong, 40 - wrong)
    assert len(report.histogram["edges"]) == len(report.histogram["right"]) + 1


def test_multi_label_errors():
    config = SentimentConfig(["joy", "anger"], problem_type=MULTI_LABEL)
    scores, truth = np.array([[0.9, 0.8], [0.2, 0.4], [0.9, 0.1]]), np.array([[1, 0], [1, 0], [1, 0]])
    predictions = (scores > 0.5).astype(int)
    errors = most_confident_errors(scores, predictions, truth, config, [0, 1, 2], None)
    assert errors == [
        {"row": 0, "true": "joy", "predicted": "joy, anger", "score": 0.8},
        {"row": 1, "true": "joy", "predicted": "", "score": 0.8},
    ]
    assert score_histogram(scores.max(axis=1), np.array([True, False, True]))["wrong"][8] == 1

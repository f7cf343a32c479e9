"""A report in the terminal."""

import json

import numpy as np
from reports import demo_report

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.evaluation import make_report
from hf_sentiment.reports.terminal import report_lines

WHERE = {"dataset": "d", "split": "test", "adapter": "a"}


def test_the_table_lines_up():
    config = SentimentConfig(["Negative", "Positive"])
    logits = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0]])
    lines = make_report(logits, [0, 1, 1], config, **WHERE).table().splitlines()
    start = next(place for place, line in enumerate(lines) if "true \\ predicted" in line)
    matrix = lines[start : start + 3]
    assert matrix[0].endswith("Negative  Positive")
    assert len({len(line) for line in matrix}) == 1
    assert lines[1].split() == ["accuracy", "66.7", "%", "95", "%", "interval", "20.8", "to", "93.9", "%"]


def test_errors_of_a_report_without_texts_have_those_that_are_given():
    config = SentimentConfig(["Negative", "Positive"])
    report = make_report(np.array([[2.0, 0.0], [3.0, 0.0]]), [1, 0], config, **WHERE)
    assert report.table().splitlines()[-1] == "  row 1: Positive predicted as Negative (0.88)"
    assert report.table({0: "so\n so"}).splitlines()[-1] == "  row 1: Positive predicted as Negative (0.88)  so so"
    assert "so so" not in json.dumps(report.to_dict())


def test_a_report_as_in_report_json_is_shown_whole():
    report = demo_report()
    text = "\n".join(report_lines(report))
    assert "  majority class: accuracy 50.0 %" in text
    assert "  TF-IDF and logistic regression, same rows: accuracy " in text
    assert "  target error 5 %: " in text and "calibration error" in text and "  most confident errors" in text
    assert all(each["name"] in text for each in report["slices"])
    later = ("roc_auc", "matthews", "intervals", "abstention", "slices", "calibration", "mistakes", "baseline", "notes")
    short = report_lines({key: value for key, value in report.items() if key not in later})
    assert not any(name in "\n".join(short) for name in ("ROC-AUC", "target error", "slice", "confident", "majority"))

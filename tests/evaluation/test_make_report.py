"""Reports from logits and true labels."""

import json

import numpy as np
import pytest
from datasets import Dataset
from scipy.special import softmax
from sklearn.metrics import classification_report, f1_score, matthews_corrcoef, roc_auc_score
from tiny import tiny_reviews

from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.evaluation import make_report
from hf_sentiment.metrics.baselines import tfidf_logits

WHERE = {"dataset": "d", "split": "test", "adapter": "a"}


def test_numbers_equal_scikit_learns():
    rng = np.random.default_rng(0)
    logits, truth = rng.normal(size=(200, 3)), rng.integers(0, 3, 200)
    report = make_report(logits, truth.tolist(), SentimentConfig(["a", "b", "c"]), before=-logits, **WHERE)
    theirs = classification_report(truth, logits.argmax(1), target_names=["a", "b", "c"], output_dict=True)
    assert report.accuracy == pytest.approx(theirs["accuracy"])
    assert report.macro_f1 == pytest.approx(theirs["macro avg"]["f1-score"])
    for label in "abc":
        ours = report.per_class[label]
        assert [ours["precision"], ours["recall"], ours["f1"], ours["support"]] == pytest.approx(
            list(theirs[label].values())
        )
    scores = softmax(logits, axis=1)
    assert report.roc_auc == pytest.approx(roc_auc_score(truth, scores, multi_class="ovr", average="macro"))
    assert report.matthews == pytest.approx(matthews_corrcoef(truth, logits.argmax(1)))
    assert set(report.intervals) == {"macro_f1", "roc_auc", "matthews"}
    assert all(low < getattr(report, name) < high for name, (low, high) in report.intervals.items())
    assert np.sum(report.confusion_matrix) == 200
    assert np.trace(np.array(report.confusion_matrix)) == round(200 * report.accuracy)
    assert report.baseline["majority_class"]["accuracy"] == np.bincount(truth).max() / 200
    assert report.baseline["before_fine_tuning"]["accuracy"] == np.mean((-logits).argmax(1) == truth)
    # This adapter's accuracy minus the baseline's, on the same rows.
    for numbers in report.baseline.values():
        assert numbers["paired"]["difference"] == pytest.approx(report.accuracy - numbers["accuracy"])


def test_multi_label_rows():
    config = SentimentConfig(["joy", "anger", "love"], problem_type=MULTI_LABEL, thresholds=[0.5, 0.5, 0.9])
    logits = np.array([[3.0, -3.0, 1.0], [-3.0, 3.0, 4.0], [-3.0, -3.0, -3.0]])
    report = make_report(logits, [[0, 2], [1, 2], []], config, **WHERE)
    truth, predicted = np.array([[1, 0, 1], [0, 1, 1], [0, 0, 0]]), np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0]])
    assert report.accuracy == pytest.approx(2 / 3)
    columns = [matthews_corrcoef(truth[:, label], predicted[:, label]) for label in range(3)]
    assert report.matthews == pytest.approx(np.mean(columns)) and report.roc_auc == 1.0
    assert report.micro_f1 == pytest.approx(f1_score(truth, predicted, average="micro"))
    assert report.per_class["love"]["threshold"] == 0.9 and report.per_class["love"]["recall"] == 0.5


def test_labels_that_nobody_has_are_left_out_of_f1_and_shown_without_one(tmp_path):
    config = SentimentConfig([f"e{label}" for label in range(28)], problem_type=MULTI_LABEL)
    references = [[row % 6] if row % 5 else [] for row in range(40)]
    logits = np.full((40, 28), -4.0)
    for row, labels in enumerate(references):
        logits[row, labels] = 3.0
    # e5 is given once and never there.
    references = [[] if row in (5, 11, 17, 23, 29, 35) else labels for row, labels in enumerate(references)]
    report = make_report(logits, references, config, **WHERE)
    assert report.macro_f1 == pytest.approx(5 / 6)
    low, high = report.intervals["macro_f1"]
    assert low <= report.macro_f1 <= high
    assert report.per_class["e27"] == {"precision": None, "recall": None, "f1": None, "support": 0, "threshold": 0.5}
    never_there = report.per_class["e5"]
    assert (never_there["precision"], never_there["recall"], never_there["f1"]) == (0.0, None, 0.0)
    assert "  e27          -        -        -        0" in report.table()
    report.save(tmp_path)
    json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)


def test_rows_without_any_label_that_get_none_are_all_right():
    config = SentimentConfig(["joy", "anger"], problem_type=MULTI_LABEL)
    report = make_report(np.full((10, 2), -3.0), [[]] * 10, config, **WHERE)
    assert report.accuracy == report.macro_f1 == report.micro_f1 == 1.0


def test_rows_of_one_class_are_reported_without_undefined_metrics():
    logits = np.array([[2.0, 0.0], [0.0, 2.0], [0.0, 3.0]])
    report = make_report(logits, [1, 1, 1], SentimentConfig(["Negative", "Positive"]), **WHERE)
    assert report.roc_auc is None and report.matthews is None and report.accuracy == pytest.approx(2 / 3)
    assert not {"roc_auc", "matthews"} & set(report.to_dict()) and "ROC-AUC" not in report.table()
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["intervals"].keys() == {"macro_f1"}


def test_tfidf_is_a_baseline():
    config = SentimentConfig(["Negative", "Neutral", "Positive"])
    rows = tiny_reviews(120, ("Negative", "Positive"))
    data = Dataset.from_list([row | {"label": config.labels.index(row["label"])} for row in rows])
    train, test = data.select(range(80)), data.select(range(80, 120))
    # None of the rows is Neutral, so it is never predicted.
    tfidf = tfidf_logits(train, test, config)
    assert set(tfidf.argmax(axis=1)) == {0, 2}
    report = make_report(tfidf, test["label"][:], config, tfidf=tfidf, data=test, **WHERE)
    assert report.baseline["tfidf_logistic_regression"]["accuracy"] == report.accuracy > 0.9
    several = SentimentConfig(config.labels, problem_type=MULTI_LABEL, thresholds=[0.999, 0.999, 0.999])
    listed = data.remove_columns("label").add_column("label", [[label] for label in data["label"]])
    tfidf = tfidf_logits(listed.select(range(80)), listed.select(range(80, 120)), several)
    report = make_report(tfidf, listed["label"][80:], several, tfidf=tfidf, **WHERE)
    # The adapter's thresholds do not apply to TF-IDF.
    assert report.baseline["tfidf_logistic_regression"]["micro_f1"] > 0.9 > report.micro_f1

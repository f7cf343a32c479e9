import json

import numpy as np
import pytest
from datasets import Dataset
from PIL import Image
from scipy.special import softmax
from sklearn.metrics import classification_report, f1_score, matthews_corrcoef, roc_auc_score
from tiny import FILLER, tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.evaluation import SentimentMetric, evaluate_adapter, make_report
from hf_sentiment.metrics.baselines import word_scores
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.metrics.predictions import predicted_labels, true_labels

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


def test_several_labels_a_review():
    config = SentimentConfig(["joy", "anger", "love"], problem_type=MULTI_LABEL, thresholds=[0.5, 0.5, 0.9])
    logits = np.array([[3.0, -3.0, 1.0], [-3.0, 3.0, 4.0], [-3.0, -3.0, -3.0]])
    report = make_report(logits, [[0, 2], [1, 2], []], config, **WHERE)
    truth, predicted = np.array([[1, 0, 1], [0, 1, 1], [0, 0, 0]]), np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0]])
    assert report.accuracy == pytest.approx(2 / 3)
    columns = [matthews_corrcoef(truth[:, label], predicted[:, label]) for label in range(3)]
    assert report.matthews == pytest.approx(np.mean(columns)) and report.roc_auc == 1.0
    assert report.micro_f1 == pytest.approx(f1_score(truth, predicted, average="micro"))
    assert report.per_class["love"]["threshold"] == 0.9 and report.per_class["love"]["recall"] == 0.5


def test_rows_of_one_class_are_reported_without_what_they_cannot_say():
    logits = np.array([[2.0, 0.0], [0.0, 2.0], [0.0, 3.0]])
    report = make_report(logits, [1, 1, 1], SentimentConfig(["Negative", "Positive"]), **WHERE)
    assert report.roc_auc is None and report.matthews is None and report.accuracy == pytest.approx(2 / 3)
    assert not {"roc_auc", "matthews"} & set(report.to_dict()) and "ROC-AUC" not in report.table()
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["intervals"].keys() == {"macro_f1"}


def test_words_are_a_baseline():
    config = SentimentConfig(["Negative", "Neutral", "Positive"])
    rows = tiny_reviews(120, ("Negative", "Positive"))
    data = Dataset.from_list([row | {"label": config.labels.index(row["label"])} for row in rows])
    train, test = data.select(range(80)), data.select(range(80, 120))
    # None of the rows is Neutral: it is never given.
    words = word_scores(train, test, config)
    assert set(words.argmax(axis=1)) == {0, 2}
    report = make_report(words, test["label"][:], config, words=words, data=test, **WHERE)
    assert report.baseline["tfidf_logistic_regression"]["accuracy"] == report.accuracy > 0.9
    several = SentimentConfig(config.labels, problem_type=MULTI_LABEL, thresholds=[0.999, 0.999, 0.999])
    listed = data.remove_columns("label").add_column("label", [[label] for label in data["label"]])
    words = word_scores(listed.select(range(80)), listed.select(range(80, 120)), several)
    report = make_report(words, listed["label"][80:], several, words=words, **WHERE)
    # The adapter's thresholds are its own.
    assert report.baseline["tfidf_logistic_regression"]["micro_f1"] > 0.9 > report.micro_f1


def test_the_interval_is_wilsons():
    # Wilson's formula, by hand: centre and half width for 90 of 100.
    z, p, n = 1.959964, 0.9, 100
    centre, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert wilson_interval(90, 100) == pytest.approx(
        [(centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)]
    )
    assert wilson_interval(0, 10)[0] == 0 and wilson_interval(10, 10)[1] == 1


def test_the_metric_needs_no_network(hub):
    metric = SentimentMetric(config_name="single")
    assert metric.compute(predictions=[0, 1, 1], references=[0, 1, 0])["accuracy"] == pytest.approx(2 / 3)
    assert hub.requests == []


def test_an_adapter_is_measured_on_a_file_and_the_report_is_written(three_class_adapter, tmp_path):
    path = write_csv(tmp_path / "held.csv", tiny_reviews(60, ("Negative", "Neutral", "Positive"), seed=5))
    report = evaluate_adapter(three_class_adapter, str(path), output_dir=tmp_path / "out")
    saved = json.loads((tmp_path / "out" / "report.json").read_text())
    assert saved["rows"] == report.rows == 60 and saved["dataset"] == "held.csv" and saved["adapter"] == "adapter"
    keys = {
        "accuracy",
        "accuracy_interval",
        "macro_f1",
        "per_class",
        "confusion_matrix",
        "labels",
        "baseline",
        "slices",
        "intervals",
        "roc_auc",
        "matthews",
        "calibration",
        "abstention",
        "histogram",
        "mistakes",
        "leaked",
    }
    assert keys <= set(saved)
    picture = Image.open(tmp_path / "out" / "confusion_matrix.png")
    # Something is drawn on it: many colours, and white at the edge.
    assert min(picture.size) > 300 and picture.getpixel((1, 1))[:3] == (255, 255, 255)
    assert len(picture.convert("RGB").getcolors(1 << 24)) > 50


def test_the_table_lines_up():
    config = SentimentConfig(["Negative", "Positive"])
    logits = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0]])
    lines = make_report(logits, [0, 1, 1], config, **WHERE).table().splitlines()
    start = next(place for place, line in enumerate(lines) if "true \\ predicted" in line)
    matrix = lines[start : start + 3]
    assert matrix[0].endswith("Negative  Positive")
    assert len({len(line) for line in matrix}) == 1
    assert "accuracy    66.7%   95 % interval 20.8% to 93.9%" in lines[1]


def test_labels_in_another_order_or_language(tmp_path, binary_adapter):
    rows = tiny_reviews(40, ("Positive", "Negative"), seed=7)
    lower = [row | {"label": row["label"].upper()} for row in rows]
    expected = evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "rows.csv", rows)))
    assert evaluate_adapter(binary_adapter, str(write_csv(tmp_path / "upper.csv", lower))).accuracy == expected.accuracy
    french = {"Positive": "positif", "Negative": "négatif"}
    path = str(write_csv(tmp_path / "french.csv", [row | {"label": french[row["label"]]} for row in rows]))
    with pytest.raises(SentimentError, match=r'which is which with --label-map "négatif=...,positif=..."'):
        evaluate_adapter(binary_adapter, path)
    mapped = evaluate_adapter(binary_adapter, path, label_map="positif=Positive,négatif=Negative")
    assert mapped.confusion_matrix == expected.confusion_matrix


def test_rows_that_are_none_or_of_another_kind_are_refused(tmp_path, binary_adapter):
    several = tmp_path / "several.jsonl"
    several.write_text(json.dumps({"text": "great", "label": ["Positive", "Negative"]}))
    with pytest.raises(SentimentError, match="gives each review one label, and the rows have lists"):
        evaluate_adapter(binary_adapter, str(several))
    path = str(write_csv(tmp_path / "rows.csv", tiny_reviews(10)))
    with pytest.raises(SentimentError, match="No labelled rows are left of"):
        evaluate_adapter(binary_adapter, path, label_map="Positive=,Negative=")


def test_words_have_thresholds_from_validation_rows_as_the_adapter_has():
    names = sorted(set(FILLER))
    rows = tiny_reviews(450)
    labels = [[i for i, name in enumerate(names) if name in row["text"].split()[:2]] for row in rows]
    data = Dataset.from_list([row | {"label": found} for row, found in zip(rows, labels, strict=True)])
    train, validation, test = (data.select(range(start, start + 150)) for start in (0, 150, 300))
    config = SentimentConfig(names, problem_type=MULTI_LABEL)
    truth = true_labels(test["label"][:], config)
    plain, chosen = (
        f1_score(truth, predicted_labels(word_scores(train, test, config, held), config), average="micro")
        for held in (None, validation)
    )
    assert chosen > plain + 0.2

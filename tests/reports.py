"""A report with everything in it, of the shipped adapter on the demo corpus: real predictions, counted with numpy."""

import csv
import dataclasses
import functools

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import false_discovery_control, fisher_exact
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, matthews_corrcoef, roc_auc_score
from sklearn.pipeline import make_pipeline

import hf_sentiment
from hf_sentiment.evaluation import make_report
from hf_sentiment.evaluation.report import wilson_interval
from hf_sentiment.sources import DEMO_FILE


@functools.cache
def _predictions():
    """The demo corpus: its rows, the shipped adapter's logits of them, and their true labels; by split."""
    classify = hf_sentiment.load(dtype="float32")
    config = classify.sentiment_config
    with DEMO_FILE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for split in ("train", "validation", "test"):
        part = [row for row in rows if row["split"] == split]
        texts = [config.render(row["title"], row["text"]) for row in part]
        logits = classify.logits(texts) if split != "train" else None
        found[split] = (part, texts, logits, np.array([config.labels.index(row["label"]) for row in part]))
    return found, config


def demo_report() -> dict:
    """What report.json holds, every key of it."""
    found, config = _predictions()
    rows, texts, raw, truth = found["test"]
    temperature = _temperature(*found["validation"][2:])
    config = dataclasses.replace(config, temperature=temperature)
    report = make_report(
        raw / temperature,
        truth.tolist(),
        config,
        dataset="demo.csv",
        split="test",
        adapter="default",
        splits={name: len(part[0]) for name, part in found.items()},
    ).to_dict()
    scores = _scores(raw / temperature)
    predicted, best = scores.argmax(1), scores.max(1)
    right = predicted == truth
    report["roc_auc"] = float(roc_auc_score(truth, scores[:, 1]))
    report["matthews"] = float(matthews_corrcoef(truth, predicted))
    draw = np.random.default_rng(0)
    again = [draw.integers(0, len(truth), len(truth)) for _ in range(200)]
    report["intervals"] = {
        "macro_f1": _interval([f1_score(truth[index], predicted[index], average="macro") for index in again]),
        "roc_auc": _interval([roc_auc_score(truth[index], scores[index, 1]) for index in again]),
        "matthews": _interval([matthews_corrcoef(truth[index], predicted[index]) for index in again]),
    }
    report["baseline"]["tfidf_logistic_regression"] = _tfidf(found, config)
    report["calibration"] |= _calibration(scores, _scores(raw), truth)
    sure = _scores(found["validation"][2] / temperature)
    sure_right = sure.argmax(1) == found["validation"][3]
    report["abstention"] = [_abstention(each, sure.max(1), sure_right, best, right) for each in (0.01, 0.02, 0.05, 0.1)]
    report["slices"] = _slices([row["kind"] for row in rows], right)
    edges = np.linspace(0.5, 1, 11)
    report["histogram"] = {
        "edges": edges.tolist(),
        "right": np.histogram(best[right], edges)[0].tolist(),
        "wrong": np.histogram(best[~right], edges)[0].tolist(),
    }
    report["mistakes"] = [
        {
            "row": int(index),
            "true": rows[index]["label"],
            "predicted": config.labels[predicted[index]],
            "score": float(best[index]),
            "text": texts[index][:200],
        }
        for index in sorted(np.flatnonzero(~right), key=lambda index: -best[index])[:10]
    ]
    return report


def _scores(logits):
    return np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, None])


def _temperature(logits, truth) -> float:
    return float(minimize_scalar(lambda t: log_loss(truth, _scores(logits / t)), bounds=(0.2, 10)).x)


def _tfidf(found, config) -> dict:
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(found["train"][1], found["train"][3])
    scores = np.log(model.predict_proba(found["test"][1]))
    report = make_report(scores, found["test"][3].tolist(), config, dataset="", split="", adapter="").to_dict()
    return {key: report[key] for key in ("accuracy", "accuracy_interval", "macro_f1", "per_class", "confusion_matrix")}


def _calibration(scores, uncalibrated, truth) -> dict:
    numbers = {}
    for suffix, each in (("", scores), ("_uncalibrated", uncalibrated)):
        right = each.argmax(1) == truth
        bins = _bins(each.max(1), right)
        gaps = [b["rows"] * abs(b["confidence"] - b["accuracy"]) for b in bins if b["rows"]]
        numbers[f"ece{suffix}"] = sum(gaps) / len(truth)
        numbers[f"brier{suffix}"] = float(np.mean(np.sum((each - np.eye(2)[truth]) ** 2, axis=1)))
        if not suffix:
            numbers["bins"] = bins
    return numbers


def _interval(values) -> list[float]:
    return np.quantile(values, [0.025, 0.975]).tolist()


def _bins(best, right) -> list[dict]:
    edges = np.linspace(0.5, 1, 11)
    place = np.clip(np.digitize(best, edges) - 1, 0, 9)
    return [
        {
            "low": float(edges[i]),
            "high": float(edges[i + 1]),
            "rows": int((place == i).sum()),
            "confidence": float(best[place == i].mean()) if (place == i).any() else None,
            "accuracy": float(right[place == i].mean()) if (place == i).any() else None,
        }
        for i in range(10)
    ]


def _abstention(target, validation, validation_right, best, right) -> dict:
    order = np.sort(validation)
    threshold = next((t for t in order if np.mean(~validation_right[validation >= t]) <= target), 1.0)
    sure = best >= threshold
    wrong, rows = int((~right[sure]).sum()), int(sure.sum())
    return {
        "target_error": target,
        "threshold": float(threshold),
        "undecided": float(np.mean(~sure)),
        "error": wrong / rows if rows else None,
        "error_interval": wilson_interval(wrong, rows) if rows else None,
    }


def _slices(kinds, right) -> list[dict]:
    kinds = np.array(kinds)
    found = []
    for kind in sorted(set(kinds)):
        there = kinds == kind
        hits, rows = int(right[there].sum()), int(there.sum())
        table = [[hits, rows - hits], [int(right[~there].sum()), int((~right[~there]).sum())]]
        found.append(
            {
                "name": kind,
                "description": f"reviews of the kind {kind}",
                "rows": rows,
                "accuracy": hits / rows,
                "interval": wilson_interval(hits, rows),
                "difference": hits / rows - float(right[~there].mean()),
                "p_value": float(fisher_exact(table).pvalue),
            }
        )
    for entry, value in zip(found, false_discovery_control([e["p_value"] for e in found]), strict=True):
        entry |= {"p_value": float(value), "differs": bool(value < 0.05)}
    return found

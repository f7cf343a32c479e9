"""Baselines that an adapter must beat: the majority class, and TF-IDF with logistic regression."""

import warnings

import numpy as np
from datasets import Dataset
from scipy.special import logit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.rendering import render_rows
from hf_sentiment.metrics.predictions import true_labels
from hf_sentiment.metrics.thresholds import choose_thresholds

# With more rows TF-IDF takes longer than the adapter, and gains little.
MAX_ROWS = 100_000
# scikit-learn's C, the inverse of the L2 penalty. With 1,000 and 8,000 training reviews of Amazon Polarity, 1 gave 81.0
# and 87.1 % on other reviews of the training split, 10 gave 83.8 and 88.5, 100 gave 83.9 and 88.5.
INVERSE_PENALTY = 10.0
# The log probability of a label that no training row has.
ABSENT_LABEL = -30.0


def majority_class(truth: np.ndarray) -> np.ndarray:
    """Predict the most frequent label for every row; for multi-label rows, the most frequent set of labels.

    Args:
        truth: class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.

    Returns:
        Predictions of the same shape.
    """
    values, counts = np.unique(truth, axis=0, return_counts=True)
    return np.repeat(values[counts.argmax()][None], len(truth), axis=0)


def tfidf_logits(
    train: Dataset, test: Dataset, config: SentimentConfig, validation: Dataset | None = None
) -> np.ndarray:
    """Train TF-IDF with logistic regression on the training rows and score the test rows.

    Args:
        train: rows with the columns title, text and label; at most the first 100,000 are used.
        test: rows to score.
        config: its template joins title and text, as for the adapter.
        validation: multi-label only: rows on which one threshold per label is chosen, as for the adapter. Without them
            the threshold is 0.5: with 12,000 rows of GoEmotions, that gives a micro F1 of 0.40 instead of 0.53.

    Returns:
        Logits of shape (test rows, labels), shifted so that a chosen threshold is at 0, a score of 0.5.
    """
    train = train.select(range(min(len(train), MAX_ROWS)))
    truth = true_labels(train["label"][:], config)
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000)
    model = Pipeline(
        [
            ("tfidf", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)),
            ("labels", OneVsRestClassifier(regression) if config.multi_label else regression),
        ]
    )
    with warnings.catch_warnings():
        # Few rows of rare labels may leave one out; it is then never predicted.
        warnings.filterwarnings("ignore", "Label not .* is present in all training examples")
        model.fit(render_rows(train, config), truth)
    if config.multi_label:
        logits = _log_odds(model, test, config)
        if validation is None:
            return logits
        truth = true_labels(validation["label"][:], config)
        return logits - logit(choose_thresholds(_log_odds(model, validation, config), truth))
    texts = render_rows(test, config)
    logits = np.full((len(texts), len(config.labels)), ABSENT_LABEL)
    logits[:, model.classes_] = model.predict_log_proba(texts)
    return logits


def _log_odds(model: Pipeline, data: Dataset, config: SentimentConfig) -> np.ndarray:
    return logit(np.clip(model.predict_proba(render_rows(data, config)), 1e-12, 1 - 1e-12))

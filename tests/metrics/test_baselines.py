"""TF-IDF with logistic regression as a baseline."""

from datasets import Dataset
from sklearn.metrics import f1_score
from tiny import FILLER, tiny_reviews

from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.metrics.baselines import tfidf_logits
from hf_sentiment.metrics.predictions import predicted_labels, true_labels


def test_multi_label_thresholds_are_chosen_on_validation_rows():
    names = sorted(set(FILLER))
    rows = tiny_reviews(450)
    labels = [[i for i, name in enumerate(names) if name in row["text"].split()[:2]] for row in rows]
    data = Dataset.from_list([row | {"label": found} for row, found in zip(rows, labels, strict=True)])
    train, validation, test = (data.select(range(start, start + 150)) for start in (0, 150, 300))
    config = SentimentConfig(names, problem_type=MULTI_LABEL)
    truth = true_labels(test["label"][:], config)
    plain, chosen = (
        f1_score(truth, predicted_labels(tfidf_logits(train, test, config, held), config), average="micro")
        for held in (None, validation)
    )
    assert chosen > plain + 0.2

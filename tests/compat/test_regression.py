import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score

from hf_sentiment.compat.regression import cross_validated_regression, fold_scores


@pytest.mark.parametrize("labels", [2, 3])
def test_the_scores_are_those_of_each_fold_in_every_version(labels):
    draw = np.random.default_rng(0)
    truth = draw.integers(0, labels, 60)
    features = draw.normal(size=(60, 4)) + truth[:, None]
    fitted = cross_validated_regression(Cs=[0.1], cv=StratifiedKFold(3), scoring="neg_log_loss").fit(features, truth)
    by_hand = cross_val_score(LogisticRegression(C=0.1), features, truth, cv=StratifiedKFold(3), scoring="neg_log_loss")
    np.testing.assert_allclose(fold_scores(fitted).reshape(3), by_hand, rtol=1e-4)

"""scikit-learn's logistic regression with a cross-validated penalty."""

import inspect
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegressionCV


def cross_validated_regression(**options: Any) -> LogisticRegressionCV:
    """A LogisticRegressionCV with an L2 penalty and the attributes of scikit-learn 1.10, which 1.8 and 1.9 ask for.

    Ends with scikit-learn 1.9.
    """
    known = inspect.signature(LogisticRegressionCV).parameters
    asked = {"l1_ratios": (0,), "use_legacy_attributes": False} if "use_legacy_attributes" in known else {}
    return LogisticRegressionCV(**options, **asked)


def fold_scores(regression: LogisticRegressionCV) -> np.ndarray:
    """The scores of a fitted `cross_validated_regression`, folds first.

    scikit-learn 1.7 has a copy of them for each label, or for the second one of two. Ends with scikit-learn 1.7.
    """
    scores: Any = regression.scores_
    return next(iter(scores.values())) if isinstance(scores, dict) else scores

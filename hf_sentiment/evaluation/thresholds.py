"""From which score on a label counts as present, chosen on validation rows."""

import numpy as np
from sklearn.metrics import precision_recall_curve


def choose_thresholds(logits: np.ndarray, truth: np.ndarray) -> list[float]:
    """One threshold per label: the score at which its F1 on these rows is highest.

    Args:
        logits: of shape (rows, labels).
        truth: zeros and ones of the same shape.

    Returns:
        Thresholds in label order; 0.5 for a label that none of the rows has.
    """
    scores = 1 / (1 + np.exp(-logits))
    chosen = []
    for column in range(truth.shape[1]):
        if not truth[:, column].any():
            chosen.append(0.5)
            continue
        precision, recall, thresholds = precision_recall_curve(truth[:, column], scores[:, column])
        # The curve's last point, precision 1 at recall 0, belongs to no threshold.
        f1 = 2 * precision[:-1] * recall[:-1] / np.maximum(precision[:-1] + recall[:-1], 1e-12)
        chosen.append(float(thresholds[f1.argmax()]))
    return chosen

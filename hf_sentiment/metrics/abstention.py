"""From which score on an answer is kept, so that no more than a given share of the kept ones is wrong."""

import numpy as np
from scipy.stats import beta

from hf_sentiment.metrics.intervals import wilson_interval

TARGET_ERRORS = (0.01, 0.02, 0.05, 0.1)


def choose_abstention(confidence: np.ndarray, right: np.ndarray) -> list[dict[str, float]]:
    """For each target error the lowest threshold at which it is not exceeded, as far as these rows can tell.

    What is held to the target is the 95 % upper bound (Clopper and Pearson 1934) of the error above the threshold, as
    in Geifman and El-Yaniv 2017, "Selective Classification for Deep Neural Networks", without their correction for the
    number of thresholds looked at. The conformal estimate, (wrong + 1) / (decided + 1), holds the mean error over draws
    of the rows alone: with the scores of one adapter on unseen reviews of Amazon Polarity's training split, the target
    was exceeded in 19 to 49 of 100 draws at 1, 2 and 5 %, and with this bound in 0 to 10.

    Args:
        confidence: the winning label's score of each row; of rows that were not trained on.
        right: whether it is right.

    Returns:
        `target_error` and `threshold` for each target; one that these rows cannot vouch for is left out, as 1 % is by
        fewer than 299 of them and 2 % by fewer than 149.
    """
    order = np.argsort(-confidence, kind="stable")
    scores, wrong = confidence[order], np.cumsum(~right[order])
    decided = np.arange(1, len(scores) + 1)
    # Rows of one score are kept or left together.
    last_of_score = np.append(scores[1:] < scores[:-1], True)
    bound = np.where(wrong < decided, beta.ppf(0.95, wrong + 1, np.maximum(decided - wrong, 1)), 1.0)
    chosen = []
    for target in TARGET_ERRORS:
        held = np.flatnonzero((bound <= target) & last_of_score)
        if len(held):
            chosen.append({"target_error": target, "threshold": float(scores[held[-1]])})
    return chosen


def measure_abstention(confidence: np.ndarray, right: np.ndarray, chosen: list[dict[str, float]] | None) -> list[dict]:
    """What each threshold does on rows that it was not chosen on.

    Returns:
        `target_error`, `threshold`, `undecided` (share of the rows), `error` among the decided ones and its 95 % Wilson
        interval, both None where nothing is decided.
    """
    measured = []
    for entry in chosen or []:
        decided = confidence >= entry["threshold"]
        rows, wrong = int(decided.sum()), int((~right[decided]).sum())
        measured.append(
            {
                **entry,
                "undecided": 1 - rows / len(confidence),
                "error": wrong / rows if rows else None,
                "error_interval": wilson_interval(wrong, rows) if rows else None,
            }
        )
    return measured

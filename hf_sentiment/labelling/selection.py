"""Which reviews to label next: those that the scores leave open, and that are unlike each other."""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

# The less certain half of the rows, of which so many for each suggestion are compared. Of 4,000 Amazon reviews, the
# half gives 2.9 points of accuracy over random rows, an eighth of them 1.6, a quarter 1.9 and all 2.2 (means of 12
# seeds); scripts/benchmark_labelling.py compares such rules.
UNCERTAIN_SHARE = 0.5
CANDIDATES_PER_ROW, MOST_CANDIDATES = 40, 10_000


def margins(scores: NDArray[np.floating], thresholds: list[float] | None = None) -> NDArray[np.floating]:
    """How far each review is from another answer; 0 is undecided.

    Args:
        scores: calibrated, of shape (reviews, labels).
        thresholds: of a multi-label adapter, in label order: the margin is the smallest distance of a score to its
            threshold. Without them, it is that of the two highest scores.

    Returns:
        Array of shape (reviews,), from 0 to 1.
    """
    if thresholds is not None:
        distances: NDArray[np.floating] = np.abs(scores - np.asarray(thresholds)).min(axis=1)
        return distances
    ordered = np.sort(scores, axis=1)
    return ordered[:, -1] - ordered[:, -2]


def candidates(margin: NDArray[np.floating], count: int, seed: int) -> NDArray[np.intp]:
    """Rows to choose from: some of the half with the smaller margins, drawn at random.

    The smallest margins of a large file alone would be those of a few odd kinds of rows.

    Args:
        margin: of each row, see `margins`.
        count: number of rows to choose.
        seed: of the draw.

    Returns:
        Indices, in increasing order.
    """
    half = np.argsort(margin, kind="stable")[: max(count, round(UNCERTAIN_SHARE * len(margin)))]
    size = max(count, min(CANDIDATES_PER_ROW * count, MOST_CANDIDATES))
    if len(half) > size:
        half = np.random.default_rng(seed).choice(half, size, replace=False)
    return np.sort(half)


def spread(embeddings: NDArray[np.floating], margin: NDArray[np.floating], count: int, seed: int) -> NDArray[np.intp]:
    """Rows that are unlike each other: the one nearest to each centre of k-means, in which undecided rows weigh more.

    Source: Zhdanov 2019, Diverse mini-batch active learning, https://arxiv.org/abs/1901.05954.

    Args:
        embeddings: of the candidates, of shape (candidates, width).
        margin: of each, see `margins`.
        count: number of rows.
        seed: of k-means.

    Returns:
        Indices of min(count, candidates) rows, smallest margin first.
    """
    if len(embeddings) > count:
        # A weight of 0 would take a row out.
        weights = np.maximum(1 - margin, 1e-3)
        with warnings.catch_warnings():
            # Fewer points than centres, because some are equal: the rest is filled up below.
            warnings.simplefilter("ignore", ConvergenceWarning)
            grouped = KMeans(count, n_init=1, random_state=seed).fit(embeddings, sample_weight=weights)
        distances = np.linalg.norm(embeddings - grouped.cluster_centers_[grouped.labels_], axis=1)
        # The first row of each group in the order of the distances.
        near = np.lexsort((distances, grouped.labels_))
        chosen = near[np.unique(grouped.labels_[near], return_index=True)[1]]
        order = np.argsort(margin, kind="stable")
        rows = np.concatenate([chosen, order[~np.isin(order, chosen)][: count - len(chosen)]])
    else:
        rows = np.arange(len(embeddings))
    return rows[np.argsort(margin[rows], kind="stable")]

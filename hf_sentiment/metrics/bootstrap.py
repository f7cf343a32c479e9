"""95 % confidence intervals of the metrics that are no rates, by the bootstrap."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.metrics.ordinal import scale_of
from hf_sentiment.metrics.predictions import indicators

RESAMPLES, SEED = 1000, 42
# Resamples times rows held in memory at once.
BLOCK = 4_000_000
# How many more rows the second bootstrap draws, and of how many rows it has copies with a right and with a wrong
# answer, at most.
MORE_ROWS = 4
MAX_COPIES = 1000


def bootstrap_intervals(
    scores: np.ndarray, predictions: np.ndarray, truth: np.ndarray, config: SentimentConfig
) -> dict[str, list[float]]:
    """95 % bootstrap percentile intervals (Efron 1979) of all metrics but accuracy, wide enough for few errors.

    Where all answers are right, so are all rows drawn from them: ten reviews would prove a perfect adapter. So the
    bootstrap is repeated with four rows more in each resample, on average two answered rightly and two wrongly, and the
    interval covers both. Agresti and Coull 1998, "Approximate is better than 'exact' for interval estimation of
    binomial proportions" (The American Statistician 52), do that for rates. With many errors it changes little.

    A metric that is undefined in half of the resamples or more is omitted.

    Args:
        scores: each label's probability, of shape (rows, labels).
        predictions: class indices of shape (rows,), or zeros and ones of shape (rows, labels) for multi-label.
        truth: in the form of the predictions.
        config: the adapter's config.
    """
    actual, predicted = (indicators(labels, config).astype(np.float32) for labels in (truth, predictions))
    rng = np.random.default_rng(SEED)
    rows = len(actual)
    copied = rng.permutation(rows)[:MAX_COPIES]
    right, truth = _best_scores(scores[copied], actual[copied]), actual[copied]
    moved = _moved_labels(len(copied), len(config.labels), rng)
    scores = np.concatenate([scores, right, np.take_along_axis(right, moved, axis=1)])
    predicted = np.concatenate([predicted, truth, np.take_along_axis(truth, moved, axis=1)])
    actual = np.concatenate([actual, truth, truth])
    plain, cautious = (
        _percentiles(_resamples(rows, len(actual), more, rng), scores, actual, predicted, config)
        for more in (0, MORE_ROWS)
    )
    return {
        name: [min(plain[name][0], cautious[name][0]), max(plain[name][1], cautious[name][1])]
        for name in plain
        # Two rows may be enough in one and not in the other.
        if name in cautious
    }


def _best_scores(scores: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Each row's scores, given to other labels so that the true ones have the highest; of shape (rows, labels)."""
    best = np.empty_like(scores)
    np.put_along_axis(best, np.argsort(-actual, axis=1, kind="stable"), -np.sort(-scores, axis=1), axis=1)
    return best


def _moved_labels(rows: int, labels: int, rng: np.random.Generator) -> np.ndarray:
    """For each row all labels in a circle, moved by at least one place; of shape (rows, labels)."""
    places = rng.integers(1, labels, size=(rows, 1)) if labels > 1 else np.zeros((rows, 1), dtype=int)
    return (np.arange(labels) + places) % labels


def _resamples(rows: int, known: int, more: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each row is drawn in each resample, in blocks of shape (resamples, known).

    Args:
        rows: that are drawn with the same probability each.
        known: rows, with those that come after them.
        more: how many rows are drawn beyond `rows`; on average, as many are of those that come after.
        rng: for the draws.
    """
    block = max(1, BLOCK // known)
    for start in range(0, RESAMPLES, block):
        count = min(block, RESAMPLES - start)
        drawn = rng.integers(rows, size=(count, rows + more))
        if more:
            replaced = rng.random(drawn.shape) < more / (rows + more)
            drawn[replaced] = rng.integers(rows, known, size=int(replaced.sum()))
        drawn += known * np.arange(count)[:, None]
        # With counts of each row per resample, sums over rows become matrix products.
        yield np.bincount(drawn.ravel(), minlength=count * known).reshape(count, known).astype(np.float32)


def _percentiles(
    resamples: Iterator[np.ndarray],
    scores: np.ndarray,
    actual: np.ndarray,
    predicted: np.ndarray,
    config: SentimentConfig,
) -> dict[str, list[float]]:
    """The middle 95 % of each metric that is defined in more than half of the resamples."""
    found = [_resampled_metrics(weights, scores, actual, predicted, config) for weights in resamples]
    intervals = {}
    for name in found[0]:
        values = np.concatenate([part[name] for part in found])
        values = values[~np.isnan(values)]
        if len(values) > RESAMPLES / 2:
            intervals[name] = [float(bound) for bound in np.quantile(values, norm.cdf([-1.96, 1.96]))]
    return intervals


def _resampled_metrics(
    weights: np.ndarray, scores: np.ndarray, actual: np.ndarray, predicted: np.ndarray, config: SentimentConfig
) -> dict[str, np.ndarray]:
    """Each metric in each resample, of shape (resamples,); weights count the rows, of shape (resamples, rows)."""
    # Each resample has as many rows.
    rows = float(weights[0].sum())
    hits, given, present = ((weights @ part).astype(np.float64) for part in (actual * predicted, predicted, actual))
    f1 = _ratio(2 * hits, given + present)
    numbers = {"macro_f1": _mean(f1), "roc_auc": _aucs(weights, scores, actual, config)}
    if config.multi_label:
        numbers["micro_f1"] = _ratio(2 * hits.sum(axis=1), (given + present).sum(axis=1))
        spread = np.sqrt(given * (rows - given) * present * (rows - present))
        numbers["matthews"] = _mean(
            _correlation(rows * hits - given * present, spread, (present > 0) & (present < rows))
        )
    else:
        # Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation coefficient".
        spread = np.sqrt((rows**2 - (given**2).sum(axis=1)) * (rows**2 - (present**2).sum(axis=1)))
        shared = hits.sum(axis=1) * rows - (given * present).sum(axis=1)
        numbers["matthews"] = _correlation(shared, spread, present.max(axis=1) < rows)
        if scale := scale_of(config.labels):
            numbers |= _ordinal(weights, actual, predicted, np.asarray(scale))
    return numbers


def _ordinal(
    weights: np.ndarray, actual: np.ndarray, predicted: np.ndarray, scale: np.ndarray
) -> dict[str, np.ndarray]:
    """Mean absolute error and quadratic weighted kappa, as `measure_ordinal` defines them."""
    rows, given, true = float(weights[0].sum()), scale[predicted.argmax(axis=1)], scale[actual.argmax(axis=1)]
    apart = np.abs(given - true)
    observed = weights @ ((given - true) ** 2).astype(np.float64)
    means = (weights @ given) / rows, (weights @ true) / rows
    squares = weights @ (given**2 + true**2).astype(np.float64)
    # The expected square of the difference, if answer and truth were independent.
    expected = squares - 2 * rows * means[0] * means[1]
    return {"mean_absolute_error": (weights @ apart) / rows, "quadratic_kappa": 1 - _ratio(observed, expected)}


def _aucs(weights: np.ndarray, scores: np.ndarray, actual: np.ndarray, config: SentimentConfig) -> np.ndarray:
    # Two labels that exclude each other have the same curve.
    columns = range(len(config.labels)) if config.multi_label or len(config.labels) > 2 else [1]
    return _mean(np.stack([_auc(weights, scores[:, label], actual[:, label]) for label in columns], axis=1))


def _auc(weights: np.ndarray, scores: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Area under the ROC curve in each resample: the share of pairs in the right order, ties counting half."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    ordered = weights[:, order]
    positive = np.add.reduceat(ordered * actual[order], starts, axis=1)
    negative = np.add.reduceat(ordered * (1 - actual[order]), starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1, dtype=np.float64) * negative.sum(axis=1, dtype=np.float64)
    return _ratio((positive * below).sum(axis=1, dtype=np.float64), pairs)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)


def _correlation(shared: np.ndarray, spread: np.ndarray, defined: np.ndarray) -> np.ndarray:
    # Undefined if all rows have one class; 0 if all answers are the same.
    return np.where(defined, np.nan_to_num(_ratio(shared, spread)), np.nan)


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean over labels, of those where the metric is defined."""
    defined = ~np.isnan(values)
    return _ratio(np.nan_to_num(values).sum(axis=1), defined.sum(axis=1).astype(float))

"""Measure whether `suggest` and `audit` help, on real labelled reviews.

    python scripts/benchmark_labelling.py --dataset ../shared/data/amazon_polarity --split train --adapter none

suggest: a logistic head on the frozen base is trained on 50 labelled rows. Of 2,000 other rows, 50 are then labelled
too: those that a rule chooses, or random ones (the mean of 5 draws). The table shows by how many points the accuracy of
the new head, on 1,500 rows that are in neither, is above that with random rows; fewer where the dataset is small.

audit: of 2,000 rows, the labels of 5 % are changed. The line shows how many of them are in the first tenth of the
list.

Each seed draws its own rows; the intervals are those of the mean over the seeds (t distribution).
"""

import argparse
from collections.abc import Callable

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression

from hf_sentiment.cli import quiet
from hf_sentiment.labelling.cross_validation import label_probabilities
from hf_sentiment.labelling.features import row_features
from hf_sentiment.labelling.selection import candidates, margins, spread
from hf_sentiment.reviews.dataset import load_split
from hf_sentiment.reviews.options import DataOptions

START, COUNT, POOL, HELD = 50, 50, 2000, 1500
RANDOM_DRAWS = 5
# Of the head, chosen for the accuracy with random rows.
HEAD_C = 10.0
AUDITED, CHANGED, LISTED = 2000, 0.05, 0.1
FOLDS = 5

Rule = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def suggested(margin: np.ndarray, embeddings: np.ndarray, seed: int) -> np.ndarray:
    """The rule of `suggest`: the undecided half, spread by k-means."""
    chosen = candidates(margin, COUNT, seed)
    return chosen[spread(embeddings[chosen], margin[chosen], COUNT, seed)]


def smallest_margins(margin: np.ndarray, embeddings: np.ndarray, seed: int) -> np.ndarray:
    """The least decided rows, however alike they are."""
    return np.argsort(margin, kind="stable")[:COUNT]


def narrow(margin: np.ndarray, embeddings: np.ndarray, seed: int) -> np.ndarray:
    """The ten times as many least decided rows, spread by k-means."""
    chosen = np.argsort(margin, kind="stable")[: 10 * COUNT]
    return chosen[spread(embeddings[chosen], margin[chosen], COUNT, seed)]


def diverse(margin: np.ndarray, embeddings: np.ndarray, seed: int) -> np.ndarray:
    """All rows spread by k-means, however decided they are."""
    return spread(embeddings, np.zeros(len(margin)), COUNT, seed)


RULES: dict[str, Rule] = {
    "suggest": suggested,
    "smallest margins": smallest_margins,
    "500 smallest margins, spread": narrow,
    "all rows, spread": diverse,
}


def compare_rules(embeddings: np.ndarray, labels: np.ndarray, seeds: int, pool_rows: int) -> None:
    """Print by how much each rule beats random rows."""
    gains: dict[str, list[float]] = {name: [] for name in RULES}
    starts, randoms = [], []
    for seed in range(seeds):
        draw = np.random.default_rng(seed)
        start, pool, held = np.split(draw.permutation(len(labels)), [START, START + pool_rows])
        held = held[:HELD]

        def accuracy(more: np.ndarray, start: np.ndarray = start, held: np.ndarray = held) -> float:
            rows = np.concatenate([start, more])
            return _head(embeddings[rows], labels[rows]).score(embeddings[held], labels[held])

        margin = margins(_head(embeddings[start], labels[start]).predict_proba(embeddings[pool]))
        starts.append(accuracy(pool[:0]))
        drawn = [accuracy(draw.choice(pool, COUNT, replace=False)) for _ in range(RANDOM_DRAWS)]
        randoms.append(float(np.mean(drawn)))
        for name, rule in RULES.items():
            gains[name].append(accuracy(pool[rule(margin, embeddings[pool], seed)]) - randoms[-1])
    print(
        f"suggest, {seeds} seeds, {pool_rows:,} rows to choose from, {len(held):,} held: accuracy "
        f"{100 * np.mean(starts):.1f} % with {START} rows, {100 * np.mean(randoms):.1f} % with {COUNT} random ones more"
    )
    for name, gain in gains.items():
        wins = sum(each > 0 for each in gain)
        print(f"  {name:30} {_mean(gain)} points, better in {wins} of {seeds} seeds")


def audit_changed_labels(features: np.ndarray, texts: list[str], labels: np.ndarray, seeds: int) -> None:
    """Print how many changed labels are at the top of the audit's list."""
    found = []
    kinds = int(labels.max()) + 1
    for seed in range(seeds):
        draw = np.random.default_rng(seed)
        rows = draw.permutation(len(labels))[:AUDITED]
        given = labels[rows].copy()
        changed = draw.choice(len(rows), round(CHANGED * len(rows)), replace=False)
        given[changed] = (given[changed] + draw.integers(1, kinds, len(changed))) % kinds
        probabilities = label_probabilities(features[rows], given, [texts[row] for row in rows], FOLDS, seed)
        listed = np.argsort(probabilities[np.arange(len(rows)), given], kind="stable")[: round(LISTED * len(rows))]
        found.append(float(np.isin(changed, listed).mean()))
    print(
        f"audit, {seeds} seeds: {_mean(found)} % of the changed labels are in the first tenth, least {min(found):.0%}"
    )


def _head(embeddings: np.ndarray, labels: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=HEAD_C, max_iter=2000).fit(embeddings, labels)


def _mean(values: list[float]) -> str:
    """Mean, half of its 95 % interval, and standard deviation, in percent."""
    spread_of = np.std(values, ddof=1)
    half = stats.t.ppf(0.975, len(values) - 1) * spread_of / len(values) ** 0.5
    return f"{100 * np.mean(values):.2f} ± {100 * half:.2f} (sd {100 * spread_of:.2f})"


def main() -> None:
    """Parse, embed once, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--split", default="train")
    parser.add_argument("--label-map", help='as of hf-sentiment train, such as "-1=,0=Negative,1=Positive"')
    parser.add_argument("--rows", type=int, default=6000, help="maximum number of rows that are embedded")
    parser.add_argument("--pool", type=int, default=POOL, help="rows to choose from")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--adapter", default="none", help="of the audit: none, default, a folder or a Hub id")
    parsed = parser.parse_args()
    quiet()
    notes: list[str] = []
    options = DataOptions(parsed.dataset, label_map=parsed.label_map)
    data = load_split(options, parsed.split, parsed.rows, notes)
    labels, texts = np.asarray(data["label"][:]), data["text"][:]
    embeddings = row_features(None, data, notes)
    compare_rules(embeddings, labels, parsed.seeds, parsed.pool)
    features = embeddings if parsed.adapter == "none" else row_features(parsed.adapter, data, notes)
    audit_changed_labels(features, texts, labels, parsed.seeds)
    print("\n".join(notes))


if __name__ == "__main__":
    main()

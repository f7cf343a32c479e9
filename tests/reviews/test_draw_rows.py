import numpy as np
import pytest

from hf_sentiment.reviews.draw_rows import draw_rows

FIRST = ("train", "validation", "test")


@pytest.mark.parametrize("seed", range(60))
def test_parts_are_disjoint_and_of_exact_sizes(seed):
    draw = np.random.default_rng(seed)
    classes, rows = draw.integers(1, 12), draw.integers(1, 300)
    labels = draw.choice(classes, size=rows, p=draw.dirichlet(np.full(classes, 0.3)))
    cuts = np.sort(draw.integers(0, rows + 1, 3))
    sizes = dict(zip(("test", "train", "validation"), np.diff(cuts, prepend=0).tolist(), strict=True))
    parts = draw_rows(labels, sizes, seed, FIRST)
    assert {name: len(part) for name, part in parts.items()} == sizes
    together = np.concatenate(list(parts.values()))
    assert len(np.unique(together)) == len(together) and (
        len(together) == 0 or 0 <= together.min() <= together.max() < rows
    )
    present, counts = np.unique(labels, return_counts=True)
    if min(sizes.values()) >= len(present):
        for label, count in zip(present, counts, strict=True):
            has = [int((labels[parts[name]] == label).sum()) for name in FIRST]
            assert all(has[: min(count, 3)]), (label, count, has)


@pytest.mark.parametrize(("rare", "wanted"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1)), (50, (30, 10, 10))])
def test_a_rare_class_is_trained_first_then_validated_then_tested(rare, wanted):
    labels = np.array([7] * rare + [2] * 450)
    sizes = {"test": (450 + rare) // 5, "train": 450 + rare - 2 * ((450 + rare) // 5), "validation": (450 + rare) // 5}
    for seed in range(5):
        parts = draw_rows(labels, sizes, seed, FIRST)
        assert tuple(int((labels[parts[name]] == 7).sum()) for name in FIRST) == wanted


def test_shares_are_those_of_all_rows():
    labels = np.repeat([0, 1, 2], [100, 300, 600])
    parts = draw_rows(labels, {"test": 200, "train": 500, "validation": 100}, 1, FIRST)
    shares = {name: np.bincount(labels[part]).tolist() for name, part in parts.items()}
    assert shares == {"test": [20, 60, 120], "train": [50, 150, 300], "validation": [10, 30, 60]}


def test_a_part_smaller_than_the_number_of_classes_has_the_largest():
    labels = np.repeat(np.arange(20), np.arange(1, 21))
    assert sorted(labels[draw_rows(labels, {"drawn": 4}, 0)["drawn"]]) == [16, 17, 18, 19]


def test_one_class_is_cut_from_one_permutation():
    parts = draw_rows(np.zeros(50, dtype=np.int64), {"test": 10, "train": 30, "validation": 5}, 3, FIRST)
    permutation = np.random.default_rng(3).permutation(50)
    for part, cut in (("test", slice(10)), ("train", slice(10, 40)), ("validation", slice(40, 45))):
        assert sorted(parts[part]) == sorted(permutation[cut])


def test_the_first_rows_of_a_part_are_like_the_others():
    labels = np.arange(50_000) % 2
    sizes = {"test": 10_000, "train": 39_000, "validation": 1000}
    shares = [labels[draw_rows(labels, sizes, seed, FIRST)["train"][:400]].mean() for seed in range(40)]
    # The standard deviation of a share of 400 rows drawn at random is 0.025.
    assert np.abs(np.array(shares) - 0.5).max() < 0.1 and np.std(shares) < 0.04


@pytest.mark.parametrize("classes", [2, 300_000])
def test_a_million_rows_are_drawn(classes):
    # Hours, were every class looked up among all rows.
    labels = np.random.default_rng(0).integers(0, classes, 1_000_000)
    parts = draw_rows(labels, {"test": 200_000, "train": 799_000, "validation": 1000}, 1, FIRST)
    assert len(parts["validation"]) == 1000

import numpy as np

from hf_sentiment.labelling.selection import CANDIDATES_PER_ROW, candidates, margins, spread


def test_margins():
    np.testing.assert_allclose(margins(np.array([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]])), [0.2, 0.85])
    # Of a multi-label adapter, to the nearest threshold.
    np.testing.assert_allclose(margins(np.array([[0.9, 0.28], [0.5, 0.9]]), [0.5, 0.3]), [0.02, 0])


def test_candidates_are_drawn_from_the_uncertain_half():
    margin = np.random.default_rng(0).random(1000)
    found = candidates(margin, 5, seed=1)
    assert len(found) == len(set(found)) == 5 * CANDIDATES_PER_ROW
    assert margin[found].max() <= np.median(margin)
    np.testing.assert_array_equal(found, candidates(margin, 5, seed=1))
    assert set(candidates(margin, 600, seed=1)) == set(np.argsort(margin)[:600])


def test_spread_takes_one_row_of_each_group():
    draw = np.random.default_rng(0)
    groups = np.repeat(np.eye(4), 25, axis=0) + draw.normal(scale=0.02, size=(100, 4))
    margin = draw.random(100)
    chosen = spread(groups, margin, 4, seed=0)
    assert sorted(chosen // 25) == [0, 1, 2, 3] and (np.diff(margin[chosen]) >= 0).all()
    np.testing.assert_array_equal(chosen, spread(groups, margin, 4, seed=0))


def test_spread_fills_up_where_rows_are_equal_or_few():
    margin = np.linspace(1, 0, 20)
    assert len(set(spread(np.repeat(np.eye(2), 10, axis=0), margin, 7, seed=0))) == 7
    assert list(spread(np.eye(3), margin[:3], 5, seed=0)) == [2, 1, 0]

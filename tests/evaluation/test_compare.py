"""Two adapters compared on the same rows."""

import json
from math import comb

import numpy as np
import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError, load
from hf_sentiment.cli import main
from hf_sentiment.evaluation import compare
from hf_sentiment.evaluation.compare import count_pairs


def test_mcnemar_by_hand():
    # Both correct 50, only the first 9, only the second 2, neither 39.
    first = np.array([True] * 59 + [False] * 41)
    second = np.array([True] * 50 + [False] * 9 + [True] * 2 + [False] * 39)
    found = count_pairs(first, second, dataset="d", split="test", adapters=["a", "b"])
    # Twice the probability of at most 2 heads in 11 tosses.
    assert found.p_value == pytest.approx(2 * sum(comb(11, heads) for heads in range(3)) / 2**11)
    assert (found.both_right, found.only_first, found.only_second, found.both_wrong) == (50, 9, 2, 39)
    assert found.difference == pytest.approx(-0.07) and not found.differs
    assert found.interval[0] < -0.07 < found.interval[1]
    same = count_pairs(first, first, dataset="d", split="test", adapters=["a", "b"])
    assert (same.p_value, same.difference) == (1.0, 0.0)


def test_two_adapters_on_one_file(tmp_path, capsys, binary_adapter, train_tiny):
    other = train_tiny(max_steps=1, epochs=1).output_dir
    path = str(write_csv(tmp_path / "held.csv", tiny_reviews(80, seed=8)))
    found = compare(other, binary_adapter, path)
    assert found.rows == 80 and found.difference == pytest.approx(found.accuracy[1] - found.accuracy[0])
    assert found.differs and found.interval[0] > 0
    assert main(["compare", str(other), str(binary_adapter), "--dataset", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found.to_dict()
    assert main(["compare", str(other), str(other), "--dataset", path]) == 0
    assert ", not statistically significant" in capsys.readouterr().out


def test_labels_are_matched_by_name(tmp_path, binary_adapter, three_class_adapter):
    path = str(write_csv(tmp_path / "held.csv", tiny_reviews(40, seed=8)))
    # The same weights with exchanged names: one is correct where the other is wrong.
    exchanged = load(binary_adapter, dtype="float32", labels=["Positive", "Negative"])
    found = compare(binary_adapter, exchanged, path)
    assert found.both_right == 0 == found.both_wrong and found.only_first > 30
    with pytest.raises(SentimentError, match="adapter has no label 'Neutral'; it has Negative, Positive"):
        compare(three_class_adapter, binary_adapter, path)
